namespace ActorRuntime.Cluster.Sharding.Flows.Sources;

/// <summary>Where a sender unit gets its items. One call at a time; used by one unit.</summary>
/// <remarks>Two senders of a flow must read the same items at the same offsets: a standby goes on where the receiver stands, not where
/// the sender before it stood.</remarks>
public interface IFlowSource : IAsyncDisposable
{
    /// <summary>Reads on from an offset.</summary>
    /// <param name="offset">The first item is the first one at or above it.</param>
    /// <param name="itemsMax">Items at most, at least 1.</param>
    /// <param name="bytesMax">Stop once so many bytes were read; the last item may go beyond.</param>
    /// <exception cref="FlowSourceException">It cannot be read; the unit says so and tries again.</exception>
    ValueTask<FlowRead> ReadAsync(long offset, int itemsMax, int bytesMax, CancellationToken cancellationToken);
}

/// <summary>What a source had.</summary>
/// <param name="Items">In order; may be empty.</param>
/// <param name="NextOffset">Where to read on; above the last item's offset.</param>
/// <param name="IsEnd">Nothing will ever follow.</param>
public sealed record FlowRead(IReadOnlyList<FlowItem> Items, long NextOffset, bool IsEnd);

/// <summary>A source that cannot be read: says which, where, and what to do.</summary>
public sealed class FlowSourceException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>What a source is made for.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="Settings">Of the flow; <see cref="FlowSettings.SourceSettings"/> are the source's own.</param>
public sealed record FlowSourceContext(string Flow, FlowSettings Settings);
