namespace ActorRuntime.ProcessTests.Net;

/// <summary>How one direction between two nodes treats the frames of one class. The default passes everything at once.</summary>
internal sealed record LinkSettings
{
    public static LinkSettings Clear { get; } = new();

    public static LinkSettings Cut { get; } = new() { Loss = 1 };

    /// <summary>Part of the frames that never arrive, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Part of the frames that arrive twice, each copy with a delay of its own, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Delays are spread evenly from here to <see cref="DelayMax"/>.</summary>
    public TimeSpan DelayMin { get; init; }

    public TimeSpan DelayMax { get; init; }

    /// <summary>Whether a frame with a shorter delay overtakes one with a longer; else frames arrive in the order they were sent.</summary>
    public bool Reorders { get; init; }

    /// <summary>Most bytes a second; 0: no cap.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Bytes that may wait because of the cap; frames above are lost, as at a switch's port.</summary>
    public long QueueBytes { get; init; } = 32 << 10;
}

/// <summary>What the emulator tells apart.</summary>
internal enum FrameClass
{
    /// <summary>TCP: the data channel between nodes.</summary>
    Data,

    /// <summary>UDP: the signal channel.</summary>
    Signal,
}
