using ActorRuntime.Node.Commands;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Node.Demo;

/// <summary>Reads the control log from the store as it grows.</summary>
internal sealed class LogFollower(IControlLogStore store)
{
    private const int RowsMax = 256;

    public LogHistory History { get; } = new();

    /// <summary>Reads what is new.</summary>
    /// <returns>The new entries, oldest first.</returns>
    /// <exception cref="StoreUnreachableException">The store does not answer now; the next call goes on where this one stopped.</exception>
    public async Task<IReadOnlyList<TimedEntry>> CatchUpAsync(CancellationToken cancellationToken)
    {
        var news = new List<TimedEntry>();
        while (true)
        {
            var rows = await store.ReadAsync(History.View.Version + 1, RowsMax, cancellationToken).ConfigureAwait(false);
            foreach (var row in rows) news.Add(History.Append(row));
            if (rows.Count < RowsMax) return news;
        }
    }
}
