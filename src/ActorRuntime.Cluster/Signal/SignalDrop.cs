namespace ActorRuntime.Cluster.Signal;

/// <summary>Why a datagram was dropped; each kind has a counter.</summary>
public enum SignalDrop
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Not of the form of a signal.</summary>
    Malformed,

    /// <summary>A signal of another version of the format.</summary>
    OtherVersion,

    /// <summary>For another cluster.</summary>
    ForeignCluster,

    /// <summary>The signature does not fit: another secret, or forged.</summary>
    Unsigned,

    /// <summary>For another incarnation: usually for the one that used this port before.</summary>
    Misaddressed,

    /// <summary>The sender is not in the view applied here, or not yet.</summary>
    UnknownSender,

    /// <summary>The sender was declared lost: it is not heard any more (SAFETY 1B-7).</summary>
    LostSender,

    /// <summary>Heard before, or overtaken by a newer one.</summary>
    Replayed,

    /// <summary>Fault injection is on.</summary>
    Blocked,
}

/// <summary>Counts dropped datagrams by kind. Written by the channel's thread, readable by any.</summary>
internal sealed class SignalDropCounters
{
    private readonly long[] _counts = new long[(int)SignalDrop.Blocked + 1];

    public long this[SignalDrop kind] => Volatile.Read(ref _counts[(int)kind]);

    public void Count(SignalDrop kind) => Volatile.Write(ref _counts[(int)kind], _counts[(int)kind] + 1);
}
