using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>How bytes travel from one machine to another: this direction only.</summary>
public sealed record LinkConditions
{
    /// <summary>A local network.</summary>
    public static LinkConditions Default { get; } = new();

    /// <summary>Shortest time on the way.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromTicks(1_000);

    /// <summary>Longest time on the way, not counting a pile-up. Uneven delays reorder datagrams.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromTicks(10_000);

    /// <summary>Percentage of datagrams lost; streams repeat what is lost, which costs them <see cref="RetransmitAfter"/>.</summary>
    public int LossPercent { get; init; }

    /// <summary>Percentage of datagrams that arrive twice.</summary>
    public int DuplicatePercent { get; init; }

    /// <summary>Bytes per second for streams; zero: no limit. Datagrams are not held up (signals go before data).</summary>
    public long StreamBytesPerSecond { get; init; }

    /// <summary>What a lost segment costs a stream.</summary>
    public TimeSpan RetransmitAfter { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>What does not get through.</summary>
[Flags]
public enum Cut
{
    /// <summary>Everything passes.</summary>
    None = 0,

    /// <summary>No datagram passes: the signal channel is cut.</summary>
    Datagrams = 1,

    /// <summary>No stream passes: the data channel is cut.</summary>
    Streams = 2,

    /// <summary>Nothing passes.</summary>
    All = Datagrams | Streams,
}

/// <summary>One direction between two machines, with its present state.</summary>
internal sealed class Link
{
    public LinkConditions Conditions { get; set; } = LinkConditions.Default;

    public Cut Cut { get; set; }

    /// <summary>Clogged: nothing arrives before that true time, then everything at once.</summary>
    public long CloggedUntil { get; set; }

    /// <summary>True time at which the last byte of the streams leaves at the allowed rate.</summary>
    public long StreamsBusyUntil { get; set; }

    public bool IsCut(Cut kind) => (Cut & kind) != 0;

    /// <summary>When something sent now arrives.</summary>
    public long ArrivalOf(long now, Prng random)
    {
        var spread = Conditions.DelayMax - Conditions.DelayMin;
        var arrival = now + Conditions.DelayMin.Ticks + (spread > TimeSpan.Zero ? random.Below(spread).Ticks : 0);
        return arrival >= CloggedUntil ? arrival : CloggedUntil + random.Below(TimeSpan.FromMilliseconds(1)).Ticks;
    }
}
