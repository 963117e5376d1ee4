using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>One of the modules that can be switched on and off at run time (CL-1).</summary>
public enum SignalModule
{
    /// <summary>Sends signals. Off: the peers find this node lost.</summary>
    Emitter,

    /// <summary>Analyses the signals of others. Off: this node suspects nobody.</summary>
    Detector,

    /// <summary>Mutes this node without a lease. Off is dangerous, see <see cref="SignalOptions.MuteSwitch"/>.</summary>
    MuteSwitch,
}

/// <summary>The signal channel of a node: a socket and a thread of its own around a <see cref="SignalCore"/> (CL-2).</summary>
/// <remarks>
/// The thread shares nothing with the thread pool. Whoever asks (<see cref="IsOpen"/>, <see cref="IsClear"/>) reads what the thread
/// published last;
/// whoever commands leaves the command in a lock-free queue and wakes the thread. Members may be used from any thread.
/// </remarks>
public sealed class SignalChannel : IMuteSwitch, ITakeoverGate, IDisposable
{
    private readonly RuntimeEnvironment _environment;
    private readonly SignalOptions _options;
    private readonly ConcurrentQueue<Action<SignalCore, MonotonicTime>> _commands = [];
    private readonly IDatagramChannel _channel;
    private Action<SignalEvent>? _sink;
    private GateAnswers _gates = GateAnswers.None;
    private SignalTiming _timing;
    private ClusterView? _view;
    private long _leaseEnd = long.MinValue;
    private long _leaseHeardMax;
    private bool _needsWitness;
    private bool _isMuteSwitchOn;

    private SignalChannel(
        RuntimeEnvironment environment, SignalOptions options, NodeKey self, ulong clusterId, byte[] secret, IPEndPoint endPoint, SignalParts parts)
    {
        (_environment, _options, Self) = (environment, options, self);
        (_timing, _isMuteSwitchOn) = (options.Timing, options.MuteSwitch);
        var core = new SignalCore(self, new SignalCodec(clusterId, secret), options, parts);
        _channel = environment.Datagrams.Open(endPoint, "signal " + self.Name, new Loop(this, core));
    }

    /// <summary>Opens the channel of <paramref name="self"/>. It says nothing to anybody before the first view.</summary>
    /// <param name="environment">Gives clock, socket and thread.</param>
    /// <param name="options">Validated settings.</param>
    /// <param name="self">This life of this node.</param>
    /// <param name="identity">Of the control log: its id separates clusters, its secret is the key unless one is configured.</param>
    /// <param name="endPoint">Where to listen; port 0 takes a free one.</param>
    /// <exception cref="IOException">The port is taken or not allowed; the message names the end point.</exception>
    public static SignalChannel Open(
        RuntimeEnvironment environment, SignalOptions options, NodeKey self, ControlLogIdentity identity, IPEndPoint endPoint) =>
        Open(environment, options, self, identity, endPoint, SignalParts.Sound);

    internal static SignalChannel Open(
        RuntimeEnvironment environment, SignalOptions options, NodeKey self, ControlLogIdentity identity, IPEndPoint endPoint, SignalParts parts)
    {
        var secret = options.Secret.Length > 0 ? Encoding.UTF8.GetBytes(options.Secret) : identity.Secret.ToArray();
        return new SignalChannel(environment, options, self, identity.StoreId, secret, endPoint, parts);
    }

    /// <summary>This node.</summary>
    public NodeKey Self { get; }

    /// <summary>The address bound.</summary>
    public IPEndPoint LocalEndPoint => _channel.LocalEndPoint;

    /// <summary>Whether the thread runs under a real-time scheduling class.</summary>
    public bool IsElevated => _channel.IsElevated;

    /// <inheritdoc/>
    public bool IsOpen => !Volatile.Read(ref _isMuteSwitchOn) || _environment.Now.Ticks < Volatile.Read(ref _leaseEnd);

    /// <inheritdoc/>
    public MonotonicTime LeaseEnd => new(Volatile.Read(ref _leaseEnd));

    /// <summary>The times in force.</summary>
    public SignalTiming Timing => Volatile.Read(ref _timing);

    /// <summary>True while this node's lease needs its witness row renewed (clusters of two).</summary>
    public bool NeedsWitness => Volatile.Read(ref _needsWitness);

    /// <summary>After this silence no lease runs any more that anybody heard here has asked for.</summary>
    public TimeSpan SilenceMin
    {
        get
        {
            var timing = Timing;
            var silence = timing.SilenceFor(new TimeSpan(Volatile.Read(ref _leaseHeardMax)));
            return silence > timing.LossAfter ? silence : timing.LossAfter;
        }
    }

    /// <summary>Lost incarnations whose gate is open, as published last; ordered.</summary>
    internal ImmutableArray<NodeKey> Silenced => [.. Volatile.Read(ref _gates).Lost.Where(static gate => gate.Value).Select(static gate => gate.Key)];

    /// <summary>This node says nothing any more; <paramref name="silent"/> is called on the channel's thread once that is so.</summary>
    internal void Silence(Action silent) => Post((core, _) =>
    {
        core.Silence();
        silent();
    });

    /// <summary>As <see cref="IsClear"/>, of what is known: asks nobody to listen.</summary>
    internal bool IsKnownClear(NodeKey predecessor, long version) => Volatile.Read(ref _gates).IsClear(Self, predecessor, version);

    /// <inheritdoc/>
    public bool IsClear(NodeKey predecessor, long version)
    {
        if (IsKnownClear(predecessor, version)) return true;
        // Asked for: its signals are listened for even where it would not signal here by itself.
        Post((core, now) => core.Await(predecessor, version, now));
        return false;
    }

    /// <summary>Settings it was opened with.</summary>
    public SignalOptions Options => _options;

    /// <summary>The newest view it was given; null before the first.</summary>
    public ClusterView? View => Volatile.Read(ref _view);

    /// <summary>Has events delivered to <paramref name="sink"/>, on the channel's thread: it must not block. What is known by now is
    /// repeated
    /// first.</summary>
    public void Attach(Action<SignalEvent> sink)
    {
        Volatile.Write(ref _sink, sink);
        Post((core, now) => core.Repeat(now));
    }

    /// <summary>Takes in a newer view with the addresses of its members; an older one changes nothing.</summary>
    public void UpdateView(ClusterView view, IReadOnlyDictionary<NodeKey, IPEndPoint> endPoints)
    {
        Volatile.Write(ref _view, view);
        Post((core, now) => core.UpdateView(view, endPoints, now));
    }

    /// <summary>Switches a module.</summary>
    public void Switch(SignalModule module, bool on)
    {
        switch (module)
        {
            case SignalModule.Emitter:
                Post((core, now) => core.SwitchEmitter(on, now));
                break;
            case SignalModule.Detector:
                Post((core, now) => core.SwitchDetector(on, now));
                break;
            default:
                Volatile.Write(ref _isMuteSwitchOn, on);
                break;
        }
    }

    /// <summary>The actors of this node are at work; see <see cref="SignalOptions.StallAfter"/>.</summary>
    public void Alive() => Post((core, now) => core.Alive(now));

    /// <summary>Says in the signals that whatever views up to <paramref name="version"/> took from this node has stopped here.</summary>
    public void SetHandedOver(long version) => Post((core, now) => core.SetHandedOver(version, now));

    /// <summary>Says in the signals whether this node reaches the store.</summary>
    public void SetStoreReachable(bool isReachable) => Post((core, now) => core.SetStoreReachable(isReachable, now));

    /// <summary>The store renewed the witness row by a call made at <paramref name="sentAt"/> (this node's lease clock).</summary>
    public void WitnessRenewed(MonotonicTime sentAt) => Post((core, now) => core.WitnessRenewed(sentAt, now));

    /// <summary>Another route says that nobody listens at <paramref name="peer"/> any more.</summary>
    public void Refused(NodeKey peer) => Post((core, now) => core.Refused(peer, now));

    /// <summary>Fault injection: drops all datagrams in and out.</summary>
    /// <returns>False, and nothing happens, unless <c>signal.fault-injection = on</c>.</returns>
    public bool Block(bool on)
    {
        if (!_options.FaultInjection) return false;
        Post((core, _) => core.Block(on));
        return true;
    }

    /// <summary>Has <paramref name="then"/> called with the state of the channel, on its thread: it must not block.</summary>
    public void Describe(Action<SignalTable> then) => Post((core, now) => then(Describe(core, now)));

    /// <summary>Stops the thread after its current call and frees the port.</summary>
    public void Dispose() => _channel.Dispose();

    private void Post(Action<SignalCore, MonotonicTime> command)
    {
        _commands.Enqueue(command);
        _channel?.Wake(); // Null only while the constructor runs.
    }

    private void Publish(SignalCore core)
    {
        if (core.LeaseEnd.Ticks != _leaseEnd) Volatile.Write(ref _leaseEnd, core.LeaseEnd.Ticks);
        if (core.Gate.Changes != _gates.Changes) Volatile.Write(ref _gates, GateAnswers.Of(core));
        if (core.Events.Count == 0) return;
        if (Volatile.Read(ref _sink) is { } sink)
        {
            foreach (var happened in core.Events) sink(happened);
        }
        core.Events.Clear();
    }

    private void PublishSettings(SignalCore core)
    {
        Volatile.Write(ref _timing, core.Timing);
        Volatile.Write(ref _leaseHeardMax, core.LeaseHeardMax.Ticks);
        Volatile.Write(ref _needsWitness, core.Lease.NeedsWitness);
    }

    private SignalTable Describe(SignalCore core, MonotonicTime now) => new(
        Self, core.View.Version, core.Lease.ReportedVersion,
        core.LeaseEnd.Ticks switch { long.MaxValue => null, long.MinValue => -Timing.Lease, _ => core.LeaseEnd - now },
        IsOpen, core.IsEmitting, core.IsDetecting, _isMuteSwitchOn, core.IsBlocked, IsElevated, core.Timing, core.Sent, _channel.SendFailures,
        core.Restarts, [.. core.Links.Select(link => Describe(link, core, now))], [.. core.Gate.Open], [.. core.Gate.Closed],
        Enum.GetValues<SignalDrop>().Where(k => k != SignalDrop.None).ToImmutableSortedDictionary(k => k, k => core.Drops[k]));

    private static SignalPeer Describe(PeerLink link, SignalCore core, MonotonicTime now)
    {
        var said = core.ReportOf(link);
        return new(
            link.Peer, now - link.ReceivedAt, link.Detector switch
            {
                null => PeerState.NotObserved,
                _ when !core.IsDetecting => PeerState.NotObserved,
                { SupportsLoss: true } => PeerState.LossSupported,
                { IsSuspected: true } => PeerState.Suspected,
                _ => PeerState.Healthy,
            },
            link.HeardSequence, link.Heard, link.Missed, link.Duplicates, link.Late, link.Jitter.Deviation, link.AppliedVersion, link.PeerEpoch,
            said.Supports, said.Silent, link.IsSteppedDown) { RoundTrip = link.RoundTrip, IsDeaf = link.IsDeaf };
    }

    /// <summary>Between the datagram thread and the machine: commands in, published values and events out.</summary>
    private sealed class Loop(SignalChannel owner, SignalCore core) : IDatagramHandler
    {
        public MonotonicTime Deadline => core.Deadline;

        public void OnStart(IDatagramSender sender, MonotonicTime now) => core.OnStart(sender, now);

        public void OnDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
        {
            core.OnDatagram(datagram, now);
            owner.Publish(core);
        }

        public void OnTime(MonotonicTime now)
        {
            while (owner._commands.TryDequeue(out var command)) command(core, now);
            core.OnTime(now);
            owner.PublishSettings(core);
            owner.Publish(core);
        }
    }

    /// <summary>What <see cref="TakeoverGate.IsClear"/> would answer, frozen for other threads.</summary>
    private sealed record GateAnswers(
        long Changes, ClusterView? View, ImmutableSortedDictionary<NodeKey, bool> Lost, ImmutableSortedDictionary<NodeKey, long> Reported)
    {
        public static GateAnswers None { get; } =
            new(-1, null, ImmutableSortedDictionary<NodeKey, bool>.Empty, ImmutableSortedDictionary<NodeKey, long>.Empty);

        public static GateAnswers Of(SignalCore core) => new(core.Gate.Changes, core.View, core.Gate.Openings, core.Gate.Reported);

        public bool IsClear(NodeKey self, NodeKey predecessor, long version)
        {
            if (View is null || View.Version < version) return false;
            if (predecessor == self) return true;
            if (Lost.TryGetValue(predecessor, out var isOpen)) return isOpen;
            return !View.IsAlive(predecessor) || (Reported.TryGetValue(predecessor, out var applied) && applied >= version);
        }
    }
}
