using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>Decides how many routees a pool has.</summary>
public abstract class Resizer
{
    /// <summary>The resizer of a deployment section; null when it has none or <c>resizer.enabled</c> is off.</summary>
    /// <param name="parentConfig">The section of the router.</param>
    public static Resizer? FromConfig(Config parentConfig)
    {
        var section = parentConfig.GetConfig("resizer");
        return !section.IsEmpty && section.GetBoolean("enabled", true) ? new DefaultResizer(section) : null;
    }

    /// <summary>Whether to ask <see cref="Resize"/>. Called by whoever sends, for every message: must be quick.</summary>
    /// <param name="messageCounter">Messages before this one; 0 when the router starts.</param>
    public abstract bool IsTimeForResize(long messageCounter);

    /// <summary>Routees to add, or, when negative, to take off. Called on the router's turn, one at a time.</summary>
    public abstract int Resize(IEnumerable<Routee> currentRoutees);
}

/// <summary>Grows while all routees are busy, shrinks when few are.</summary>
public sealed class DefaultResizer : Resizer, IEquatable<DefaultResizer>
{
    /// <summary>A resizer.</summary>
    /// <param name="lower">Fewest routees. At least 0.</param>
    /// <param name="upper">Most routees. At least <paramref name="lower"/>, and at least 1.</param>
    /// <param name="pressureThreshold">When a routee counts as busy: 0 while it handles a message; 1 while it does and another waits; more when that many wait.</param>
    /// <param name="rampupRate">Share by which it grows while all are busy, rounded up. At least 0; 0.2 grows by a fifth.</param>
    /// <param name="backoffThreshold">Share of busy routees under which it shrinks. At least 0; 0 never shrinks.</param>
    /// <param name="backoffRate">Share by which it shrinks, rounded up. At least 0; 0 never shrinks.</param>
    /// <param name="messagesPerResize">Messages between two decisions. At least 1.</param>
    public DefaultResizer(
        int lower, int upper, int pressureThreshold = 1, double rampupRate = 0.2, double backoffThreshold = 0.3, double backoffRate = 0.1,
        int messagesPerResize = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lower);
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, Math.Max(lower, 1));
        ArgumentOutOfRangeException.ThrowIfNegative(pressureThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(rampupRate);
        ArgumentOutOfRangeException.ThrowIfNegative(backoffThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(backoffRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(messagesPerResize, 1);
        (LowerBound, UpperBound, PressureThreshold, MessagesPerResize) = (lower, upper, pressureThreshold, messagesPerResize);
        (RampupRate, BackoffThreshold, BackoffRate) = (rampupRate, backoffThreshold, backoffRate);
    }

    internal DefaultResizer(Config section)
        : this(
            section.GetInt("lower-bound", 1),
            section.GetInt("upper-bound", 10),
            section.GetInt("pressure-threshold", 1),
            section.GetDouble("rampup-rate", 0.2),
            section.GetDouble("backoff-threshold", 0.3),
            section.GetDouble("backoff-rate", 0.1),
            section.GetInt("messages-per-resize", 10))
    {
    }

    /// <summary>Fewest routees.</summary>
    public int LowerBound { get; }

    /// <summary>Most routees.</summary>
    public int UpperBound { get; }

    /// <summary>When a routee counts as busy.</summary>
    public int PressureThreshold { get; }

    /// <summary>Share by which it grows.</summary>
    public double RampupRate { get; }

    /// <summary>Share of busy routees under which it shrinks.</summary>
    public double BackoffThreshold { get; }

    /// <summary>Share by which it shrinks.</summary>
    public double BackoffRate { get; }

    /// <summary>Messages between two decisions.</summary>
    public int MessagesPerResize { get; }

    /// <inheritdoc/>
    public override bool IsTimeForResize(long messageCounter) => messageCounter % MessagesPerResize == 0;

    /// <inheritdoc/>
    public override int Resize(IEnumerable<Routee> currentRoutees) => Capacity(currentRoutees);

    /// <summary>The change for these routees as they are now.</summary>
    public int Capacity(IEnumerable<Routee> currentRoutees)
    {
        var routees = currentRoutees as IReadOnlyCollection<Routee> ?? [.. currentRoutees];
        return Change(Pressure(routees), routees.Count);
    }

    /// <summary>Routees that are busy. Those of other nodes never are, as far as anybody here can see.</summary>
    public int Pressure(IEnumerable<Routee> currentRoutees) => currentRoutees.Count(IsBusy);

    /// <summary>Routees to add.</summary>
    /// <param name="pressure">Busy routees.</param>
    /// <param name="capacity">Routees.</param>
    public int Rampup(int pressure, int capacity) => pressure < capacity ? 0 : (int)Math.Ceiling(RampupRate * capacity);

    /// <summary>Routees to take off, as a negative number.</summary>
    /// <param name="pressure">Busy routees.</param>
    /// <param name="capacity">Routees.</param>
    public int Backoff(int pressure, int capacity) =>
        capacity > 0 && BackoffThreshold > 0 && BackoffRate > 0 && (double)pressure / capacity < BackoffThreshold ? (int)Math.Floor(-BackoffRate * capacity) : 0;

    /// <inheritdoc/>
    public bool Equals(DefaultResizer? other) => other is not null
        && (LowerBound, UpperBound, PressureThreshold, RampupRate, BackoffThreshold, BackoffRate, MessagesPerResize)
            == (other.LowerBound, other.UpperBound, other.PressureThreshold, other.RampupRate, other.BackoffThreshold, other.BackoffRate, other.MessagesPerResize);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DefaultResizer);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(LowerBound, UpperBound, PressureThreshold, RampupRate, BackoffThreshold, BackoffRate, MessagesPerResize);

    internal int Change(int pressure, int capacity) =>
        Math.Clamp(capacity + Rampup(pressure, capacity) + Backoff(pressure, capacity), LowerBound, UpperBound) - capacity;

    private bool IsBusy(Routee routee)
    {
        if (routee is not ActorRefRoutee { Actor: LocalActorRef { Cell: var cell } }) return false;
        return PressureThreshold switch
        {
            0 => cell.CurrentMessage is not null,
            1 => cell.CurrentMessage is not null && cell.Mailbox.HasMessages,
            _ => cell.Mailbox.NumberOfMessages >= PressureThreshold,
        };
    }
}
