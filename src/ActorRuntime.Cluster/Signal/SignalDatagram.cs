namespace ActorRuntime.Cluster.Signal;

/// <summary>Single facts a signal states.</summary>
[Flags]
internal enum SignalFlags : byte
{
    None = 0,

    /// <summary>Asks for a reply at once: confirmation of a suspicion, a lease that is not held yet, or a gate somebody waits
    /// at.</summary>
    ProbeRequest = 1,

    /// <summary>Answers a probe request.</summary>
    ProbeReply = 2,

    /// <summary>The sender cannot reach the store: it decides nothing (SAFETY 1B-16).</summary>
    SteppedDown = 4,

    /// <summary>The sender has heard nothing of the addressee for loss-after, or ever: it is not heard either.</summary>
    Deaf = 8,
}

/// <summary>One signal, taken apart. Mutable and reused: a channel owns one for reading and one for writing.</summary>
internal sealed class SignalDatagram
{
    /// <summary>Losses supported in one signal. A node observes some ten others; what is beyond waits for its turn.</summary>
    public const int SupportsMax = 64;

    /// <summary>Lost incarnations reported silent in one signal, the newest first.</summary>
    public const int SilentMax = 16;

    public SignalFlags Flags { get; set; }

    /// <summary>Incarnation of the sender.</summary>
    public ulong Sender { get; set; }

    /// <summary>Incarnation of the node this is for; the echo is about the same incarnation (SAFETY 1B-14).</summary>
    public ulong Addressee { get; set; }

    /// <summary>Counts the signals of this sender to this addressee, from 1.</summary>
    public long Sequence { get; set; }

    /// <summary>The sender's clock when it was sent, 100 ns.</summary>
    public long SentAt { get; set; }

    /// <summary>Newest view version the sender has applied.</summary>
    public long AppliedVersion { get; set; }

    /// <summary>Whatever views up to this version took from the sender has stopped there; at most <see cref="AppliedVersion"/>.</summary>
    public long HandedOverVersion { get; set; }

    /// <summary>The lease this signal asks for.</summary>
    public TimeSpan Lease { get; set; }

    /// <summary>The longest lease any signal asked for that the sender has heard.</summary>
    public TimeSpan LeaseHeardMax { get; set; }

    /// <summary>Epoch of the newest observer set the sender's lease rests on.</summary>
    public long Epoch { get; set; }

    /// <summary>Newest sequence heard from the addressee; 0 when it is not observed, or was not heard.</summary>
    public long EchoSequence { get; set; }

    /// <summary>Epoch of the addressee's newest observer set as the sender knows it.</summary>
    public long EchoEpoch { get; set; }

    public ulong[] Supports { get; } = new ulong[SupportsMax];

    public int SupportsCount { get; set; }

    public ulong[] Silent { get; } = new ulong[SilentMax];

    public int SilentCount { get; set; }

    public bool Has(SignalFlags flag) => (Flags & flag) != 0;
}
