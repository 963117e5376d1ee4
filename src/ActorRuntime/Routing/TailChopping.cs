using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Routing;

/// <summary>Asks one, by chance, and after each interval without an answer one more; the sender gets the first answer, or a
/// <see cref="Status.Failure"/> with <see cref="AskTimeoutException"/>.</summary>
public sealed class TailChoppingRoutingLogic : RoutingLogic
{
    private readonly TimeSpan _within;
    private readonly TimeSpan _interval;
    private ulong _state;

    /// <summary>A logic.</summary>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    /// <param name="interval">Wait before one more is asked. Above 0.</param>
    /// <param name="seed">The same seed asks in the same order.</param>
    public TailChoppingRoutingLogic(TimeSpan within, TimeSpan interval, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        (_within, _interval, _state) = (within, interval, seed);
    }

    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees) =>
        routees.Length == 0 ? Routee.NoRoutee : new OneByOne(Shuffled(routees), _within, _interval);

    private Routee[] Shuffled(Routee[] routees)
    {
        var random = new Prng(Interlocked.Add(ref _state, Prng.Step));
        Routee[] shuffled = [.. routees];
        for (var left = shuffled.Length; left > 1; left--)
        {
            var at = (int)(random.Next() % (ulong)left);
            (shuffled[at], shuffled[left - 1]) = (shuffled[left - 1], shuffled[at]);
        }

        return shuffled;
    }

    private sealed class OneByOne(Routee[] routees, TimeSpan within, TimeSpan interval) : Routee
    {
        public override void Send(object message, IActorRef? sender)
        {
            // Without an actor among them there is nobody whose answer could be waited for.
            if (FirstReplyRef.SystemOf(routees, sender) is not { } system) routees[0].Send(message, sender);
            else new Chopper(system, sender, within, interval, message, routees).Begin();
        }
    }

    private sealed class Chopper(ActorSystemImpl system, IActorRef? asker, TimeSpan within, TimeSpan interval, object message, Routee[] routees)
        : FirstReplyRef(system, asker, within)
    {
        private Tick? _tick;
        private int _asked;

        public void Begin()
        {
            Wait();
            // Before the first is asked: its answer cancels the tick.
            _tick = new Tick(this);
            System.TimerHeap.Schedule(_tick, interval, interval);
            AskNext();
        }

        private protected override void Ended() => System.TimerHeap.Cancel(_tick!);

        private void AskNext()
        {
            var next = Interlocked.Increment(ref _asked) - 1;
            if (next < routees.Length && !IsTerminated) routees[next].Send(message, this);
            else System.TimerHeap.Cancel(_tick!);
        }

        private sealed class Tick(Chopper chopper) : ScheduledItem
        {
            public override void Fire() => chopper.AskNext();
        }
    }
}

/// <summary>A pool that asks one routee more after each interval without an answer.</summary>
public sealed class TailChoppingPool : Pool<TailChoppingPool>
{
    /// <summary>A pool.</summary>
    /// <param name="nrOfInstances">Routees at the start.</param>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    /// <param name="interval">Wait before one more is asked. Above 0.</param>
    public TailChoppingPool(int nrOfInstances, TimeSpan within, TimeSpan interval)
        : this(nrOfInstances, null, null, null, within, interval)
    {
    }

    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    /// <param name="interval">Wait before one more is asked. Above 0.</param>
    public TailChoppingPool(
        int nrOfInstances, Resizer? resizer, SupervisorStrategy? supervisorStrategy, string? routerDispatcher, TimeSpan within, TimeSpan interval,
        bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        (Within, Interval) = (within, interval);
    }

    /// <summary>By a deployment section.</summary>
    public TailChoppingPool(Config config)
        : base(config) => (Within, Interval) = (ScatterGatherFirstCompletedGroup.WithinOf(config), TailChoppingGroup.IntervalOf(config));

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Within { get; }

    /// <summary>Wait before one more is asked.</summary>
    public TimeSpan Interval { get; }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) =>
        new(new TailChoppingRoutingLogic(Within, Interval, (ulong)((ActorSystemImpl)system).NextUid()));
}

/// <summary>A group that asks one routee more after each interval without an answer.</summary>
public sealed class TailChoppingGroup : Group
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    /// <param name="routeePaths">Absolute paths, wildcards allowed; at least one.</param>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    /// <param name="interval">Wait before one more is asked. Above 0.</param>
    public TailChoppingGroup(IEnumerable<string> routeePaths, TimeSpan within, TimeSpan interval, string? routerDispatcher = null)
        : base(routeePaths, routerDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        (Within, Interval) = (within, interval);
    }

    /// <summary>By a deployment section.</summary>
    public TailChoppingGroup(Config config)
        : base(config) => (Within, Interval) = (ScatterGatherFirstCompletedGroup.WithinOf(config), IntervalOf(config));

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Within { get; }

    /// <summary>Wait before one more is asked.</summary>
    public TimeSpan Interval { get; }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) =>
        new(new TailChoppingRoutingLogic(Within, Interval, (ulong)((ActorSystemImpl)system).NextUid()));

    internal static TimeSpan IntervalOf(Config config)
    {
        var interval = config.GetTimeSpan("tail-chopping-router.interval", DefaultInterval);
        return interval > TimeSpan.Zero ? interval : throw new ArgumentException("tail-chopping-router.interval has to be above 0");
    }
}
