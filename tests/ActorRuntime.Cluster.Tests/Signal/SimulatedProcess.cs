using System.Collections.Immutable;
using System.Net;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>One life of one node in the simulation: the machine, its clock, and what a heartbeat actor and an orchestrator would do with
/// its
/// events.</summary>
internal sealed class SimulatedProcess(SignalSimulation world, int slot, NodeKey self, SignalCore core) : IDatagramSender
{
    private const int FirstPort = 1000;
    private readonly Queue<Action> _waiting = [];
    private readonly EvidenceBook _book = new(self);
    private readonly SortedDictionary<NodeKey, (long Epoch, long At)> _retireFrom = [];
    private Evidence _evidence = Evidence.None;
    private long _timerAt = long.MaxValue;

    public int Slot { get; } = slot;
    public NodeKey Self { get; } = self;
    public SignalCore Core { get; } = core;
    public WitnessWatch Witnesses { get; } = new();
    public ClusterView View { get; private set; } = ClusterView.Empty;
    public long DriftPpm { get; init; }
    public long Offset { get; init; }
    public bool IsRunning { get; set; } = true;
    public long? CrashedAt { get; set; }
    public long PausedUntil { get; private set; }
    public bool IsLostSomewhere => world.Head.Lost.ContainsKey(Self);
    public List<(long At, NodeKey Peer)> Supported { get; } = [];
    public List<long> MutedAt { get; } = [];

    public MonotonicTime Clock => new(Offset + world.Now + world.Now / 1_000_000 * DriftPpm);

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to) => world.Transmit(this, datagram, to.Port - FirstPort);

    public void Pause(long until)
    {
        PausedUntil = Math.Max(PausedUntil, until);
        world.At(PausedUntil, () =>
        {
            if (world.Now < PausedUntil) return;
            while (IsRunning && _waiting.TryDequeue(out var action)) Step(action);
        });
    }

    /// <summary>Runs now, or when the pause is over, in order of arrival.</summary>
    public void Do(Action action)
    {
        if (!IsRunning) return;
        if (world.Now < PausedUntil || _waiting.Count > 0) _waiting.Enqueue(action);
        else Step(action);
    }

    public void Apply(ClusterView view)
    {
        View = view;
        Core.UpdateView(view, view.Members.Values.ToDictionary(m => m.Key, m => new IPEndPoint(IPAddress.Loopback, m.Facts.SignalPort)), Clock);
        _book.OnView(view);
    }

    public IReadOnlyCollection<NodeKey> WitnessedPeers() =>
        [.. View.Serving.Where(m => m.Key != Self && m.ObserverSets.Any(s => s.Witness)).Select(m => m.Key).Order()];

    /// <summary>At most one entry per round; a conflict is decided again on the next.</summary>
    public void Decide()
    {
        if (View.Version != world.Head.Version) return;
        _book.Witnesses(Witnesses.Still(Core.Timing.LossAfter, Clock));
        _evidence = _book.TakeChanged() ?? _evidence;
        if (!View.IsAlive(Self))
        {
            Join();
            return;
        }
        foreach (var member in View.Serving)
        {
            if (member.Key != Self && Declare(member)) return;
        }
        foreach (var member in View.Serving)
        {
            if (Retire(member) || ChangeObservers(member)) return;
        }
    }

    private void Join()
    {
        if (View.Lost.ContainsKey(Self)) return; // A zombie: only a new process may come back.
        var members = View.Members;
        var lost = View.Lost;
        if (members.TryGetValue("n" + Slot, out var old) && old.Status != MemberStatus.Down)
        {
            var evidence = new LossEvidence(LossKind.LockFile, [Self], null, null, null, "");
            lost = lost.SetItem(old.Key, new LostNode(View.Version + 1, evidence, old.ObserverSets));
        }
        var facts = new NodeFacts(Self, "sim", "", 0, FirstPort + Slot, "", "", [], "");
        var version = View.Version + 1;
        ImmutableArray<ObserverSet> sets = [Desired(Self, [.. View.Serving.Where(m => m.Name != "n" + Slot).Select(m => m.Key)], version)];
        members = members.SetItem(Self.Name, new Member(facts, MemberStatus.Up, version, version, sets, null));
        world.Append(this, View with { Version = version, Members = members, Lost = lost }, null, $"join {Self}");
    }

    private bool Declare(Member member)
    {
        if (LossDecider.Find(View, member, _evidence) is not { } evidence) return false;
        var version = View.Version + 1;
        var next = View with
        {
            Version = version,
            Members = View.Members.SetItem(member.Name, member with { Status = MemberStatus.Down, Since = version, DownBy = evidence }),
            Lost = View.Lost.SetItem(member.Key, new LostNode(version, evidence, member.ObserverSets)),
        };
        world.Append(this, next, evidence.WitnessSequence is { } sequence ? (member.Key, sequence) : null, $"down {member.Key}");
        return true;
    }

    private bool ChangeObservers(Member member)
    {
        if (member.ObserverSets.Length != 1) return false;
        var version = View.Version + 1;
        var desired = Desired(member.Key, [.. View.Serving.Select(m => m.Key)], version);
        var set = member.ObserverSets[0];
        if (desired.Witness == set.Witness && desired.Observers.SequenceEqual(set.Observers)) return false;
        Propose(member with { ObserverSets = [set, desired] }, version, $"observers of {member.Name}: {string.Join(' ', desired.Observers)} witness {desired.Witness}");
        return true;
    }

    private bool Retire(Member member)
    {
        if (member.ObserverSets.Length != 2) return false;
        var (old, fresh) = (member.ObserverSets[0], member.ObserverSets[1]);
        var acknowledged = Applied(member.Key) >= fresh.Epoch;
        if (!acknowledged && 1 + fresh.Observers.Count(View.IsAlive) + (fresh.Witness ? 1 : 0) < fresh.LeaseQuorum)
        {
            Propose(member with { ObserverSets = [old] }, View.Version + 1, $"withdraw {fresh.Epoch} of {member.Name}");
            return true;
        }
        if (!acknowledged)
        {
            // The other way of rule 9: a loss quorum of the old set has applied the joint entry, and loss-after has passed since.
            var applied = old.Observers.Count(o => Applied(o) >= fresh.Epoch);
            if (applied < old.LossQuorum) return false;
            if (!_retireFrom.TryGetValue(member.Key, out var from) || from.Epoch != fresh.Epoch)
            {
                _retireFrom[member.Key] = (fresh.Epoch, Clock.Ticks);
                return false;
            }
            if (Clock.Ticks - from.At < Core.Timing.LossAfter.Ticks) return false;
        }
        Propose(member with { ObserverSets = [fresh] }, View.Version + 1, $"retire {old.Epoch} of {member.Name}");
        return true;
    }

    private long Applied(NodeKey node) => node == Self ? Core.Lease.ReportedVersion : _evidence.AppliedBy(node);

    private void Propose(Member member, long version, string what) =>
        world.Append(this, View with { Version = version, Members = View.Members.SetItem(member.Name, member) }, null, what);

    private static ObserverSet Desired(NodeKey node, IReadOnlyList<NodeKey> serving, long epoch)
    {
        var others = serving.Where(n => n != node).Order().ToImmutableArray();
        return new ObserverSet(epoch, others, Witness: others.Length == 1);
    }

    private void Step(Action action)
    {
        action();
        TakeEvents();
        world.Check();
        Arm();
    }

    private void Arm()
    {
        var deadline = Core.Deadline.Ticks - Offset;
        var at = deadline >= long.MaxValue / 4 ? long.MaxValue : deadline - deadline / 1_000_000 * DriftPpm + 1;
        if (at == _timerAt || at == long.MaxValue) return;
        _timerAt = at;
        world.At(Math.Max(at, world.Now + 10), () =>
        {
            if (_timerAt != at) return; // Replaced meanwhile.
            _timerAt = long.MaxValue;
            Do(() => Core.OnTime(Clock));
        });
    }

    private void TakeEvents()
    {
        foreach (var happened in Core.Events)
        {
            switch (happened)
            {
                case SignalEvent.LossSupported supported:
                    _book.Support(supported.Peer, null, default, "");
                    Supported.Add((world.Now, supported.Peer));
                    break;
                case SignalEvent.Restored restored:
                    _book.Restore(restored.Peer);
                    break;
                case SignalEvent.Reported report:
                    _book.Report(report, default);
                    break;
                case SignalEvent.LeaseLost:
                    MutedAt.Add(world.Now);
                    break;
            }
            if (happened is not SignalEvent.Reported) world.Note($"{Self} {happened}");
        }
        Core.Events.Clear();
    }
}
