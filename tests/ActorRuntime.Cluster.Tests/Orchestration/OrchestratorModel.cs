using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using static ActorRuntime.Cluster.ControlLog.ControlChange;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>What the model does wrong on purpose, to show that its checks see it.</summary>
public enum Sabotage
{
    None,

    /// <summary>Everybody is believed to have applied the newest view.</summary>
    InventAcknowledgements,

    /// <summary>A node says that everything has stopped as soon as it has applied the view that took it.</summary>
    TakeAppliedForHandedOver,

    /// <summary>Silence counts as proof that the process has ended.</summary>
    InventProofs,

    /// <summary>A proposal that lost is sent again unchanged. (The fold must hold against this one.)</summary>
    ResubmitWithoutDeciding,
}

/// <summary>
/// A cluster of five names around one store: processes crash, freeze, are cut off from each other and from the store, return as new
/// incarnations, leave; inserts are lost, or land late; views lag; units go on for a while after their shard was taken. Time passes in steps
/// of 20 ms.
/// </summary>
internal sealed class OrchestratorModel(ulong seed, Sabotage sabotage, bool oneMachine)
{
    private const int Names = 5, StepsToHeal = 500;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20), LossAfter = TimeSpan.FromMilliseconds(600);
    private static readonly OrchestratorOptions Options = new()
    {
        FailbackAfter = TimeSpan.FromSeconds(1), RebalanceAfter = TimeSpan.FromMilliseconds(500), RebalanceInterval = TimeSpan.FromMilliseconds(200),
        RetireAfter = TimeSpan.FromSeconds(2), Observers = 3, JoiningTimeout = TimeSpan.FromSeconds(30),
    };

    private readonly Prng _random = new(seed);
    private readonly List<Process> _processes = [];
    private readonly List<(string Text, long Version)> _late = [];
    private readonly TestLog _log = new();
    private readonly List<ClusterView> _history = [ClusterView.Empty];
    private readonly Dictionary<string, string> _holders = [];
    private MonotonicTime _now = new(TimeSpan.FromHours(1).Ticks);
    private ulong _incarnations;
    private bool _faults = true;

    public List<string> Broken { get; } = [];

    public ClusterView View => _log.View;

    public int Entries => _log.Texts.Count;

    public string History => string.Join('\n', _log.Texts);

    public void Run(int steps)
    {
        for (var i = 0; i < 3; i++) Start($"n{i}");
        for (var i = 0; i < steps && Broken.Count == 0; i++) Tick();
        _faults = false;
        foreach (var process in _processes) (process.Frozen, process.Cut, process.StoreCut) = (false, [], false);
        for (var i = 0; i < 3; i++)
            if (!_processes.Any(p => p.Alive && p.Key.Name == $"n{i}")) Start($"n{i}");
        for (var i = 0; i < StepsToHeal && Broken.Count == 0; i++) Tick();
    }

    /// <summary>After the last fault: everything that can be served is served again.</summary>
    public void CheckLiveness()
    {
        foreach (var type in View.Types.Values)
        foreach (var (shard, state) in type.Shards)
            Require(state.Leader is { } leader && View.Find(leader) is { Status: MemberStatus.Up }, $"{type.Name}/{shard} is led by {state.Leader}");
        foreach (var flow in View.Flows.Values)
            Require(flow.Active is { } active && flow.Senders[active].Status == SenderStatus.Active, $"nobody sends in {flow.Name}");
        foreach (var process in _processes)
            Require(!process.Alive == !View.IsAlive(process.Key), $"{process.Key} alive: {process.Alive}, in the view: {View.Find(process.Key)?.Status}");
        foreach (var member in View.Serving)
            Require(member.ObserverSets.Length == 1, $"observer sets of {member.Key}: {member.ObserverSets.Length}");
    }

    private void Tick()
    {
        _now += Step;
        if (_faults) Fault();
        if (_late.Count > 0 && (_random.Chance(20) || !_faults)) LandLate();
        foreach (var process in _processes.ToArray())
            if (process.Alive && !process.Frozen && _random.Chance(70)) Act(process);
    }

    private void Fault()
    {
        if (!_random.Chance(3)) return;
        var name = $"n{Below(Names)}";
        var process = _processes.LastOrDefault(p => p.Key.Name == name);
        switch (Below(7))
        {
            case 0 or 1 when process is { Alive: true }:
                (process.Alive, process.Frozen, process.QuietSince) = (false, false, _now);
                break;
            case 0 or 1 or 2 when process is not { Alive: true }:
                Start(name);
                break;
            case 2 when process is { Alive: true }:
                process.Frozen = !process.Frozen;
                process.QuietSince = _now;
                break;
            case 3 when process is { Alive: true }:
                process.Cut = process.Cut.Count > 0 ? [] : [.. Enumerable.Range(0, Names).Where(_ => _random.Chance(50)).Select(i => $"n{i}")];
                process.QuietSince = _now;
                break;
            case 4 when process is { Alive: true }:
                process.StoreCut = !process.StoreCut;
                break;
            case 5 when process is { Alive: true, StoreCut: false, Frozen: false } && _random.Chance(30):
                Propose(process, 0, [new NodeLeaving(process.Key)]);
                break;
        }
    }

    private void Start(string name)
    {
        var key = new NodeKey(name, ++_incarnations);
        _processes.Add(new Process(key, _now) { Memory = OrchestratorMemory.Empty(_now) });
    }

    private void Act(Process process)
    {
        if (process.StoreCut) return;
        // A lagging reader: sometimes one entry, sometimes all.
        process.Applied = _random.Chance(60) ? Entries : Math.Min(Entries, process.Applied + 1);
        var view = _history[(int)process.Applied];
        RunUnits(process, view);
        if (view.Lost.ContainsKey(process.Key))
        {
            (process.Alive, process.QuietSince) = (false, _now); // It terminates itself; a restart is another matter.
            return;
        }
        if (view.Find(process.Key) is not { } me) Join(process, view);
        else if (me.Status == MemberStatus.Up && Missing(view, process.Key) is { } missing) Propose(process, 0, missing);
        else Decide(process, view);
    }

    /// <summary>A shard's units start with the view that gives it, and stop some time after the one that takes it.</summary>
    private void RunUnits(Process process, ClusterView view)
    {
        foreach (var type in view.Types.Values)
        foreach (var (shard, state) in type.Shards)
        {
            var name = $"{type.Name}/{shard}";
            if (state.Leader == process.Key) process.Units[name] = state.Term;
            else if (process.Units.ContainsKey(name) && _random.Chance(10)) process.Units.Remove(name);
        }
        var stopping = process.Units.Where(unit => !Leads(view, process.Key, unit.Key)).Select(unit => unit.Value);
        process.HandedOver = sabotage == Sabotage.TakeAppliedForHandedOver ? process.Applied : stopping.Append(process.Applied).Min();
    }

    private static bool Leads(ClusterView view, NodeKey node, string unit) =>
        unit.Split('/') is [var type, var shard] && view.Types.GetValueOrDefault(type)?.Shards.GetValueOrDefault(shard)?.Leader == node;

    private void Join(Process process, ClusterView view)
    {
        view.Members.TryGetValue(process.Key.Name, out var old);
        // The older process under this name has ended, or it would hold the lock file still.
        if (old is not null && _processes.Any(p => p.Key == old.Key && p.Alive)) return;
        var proof = old is { Status: not MemberStatus.Down } ? TestLog.Evidence(LossKind.LockFile) : null;
        Propose(process, 0, [new NodeJoined(TestLog.Facts(process.Key, oneMachine ? "boot" : process.Key.Name), old?.Key, proof)]);
    }

    private static ImmutableArray<ControlChange>? Missing(ClusterView view, NodeKey self)
    {
        if (!view.Types.TryGetValue("t", out var hashed) || !hashed.Hosts.Contains(self))
            return [new UnitTypeHosted(self, "t", 6), new UnitTypeHosted(self, "s", 0)];
        if (view.Flows.Count == 0)
            return [.. Enumerable.Range(0, 3).Select(i => new FlowDefined(
                $"f{i}", new("t", $"r{i}"), [new("s", $"f{i}a"), new("s", $"f{i}b")], FailbackPolicy.Automatic, "{}"))];
        return null;
    }

    private void Decide(Process process, ClusterView view)
    {
        // Evidence, too, may be old.
        if (_random.Chance(70)) process.Evidence = Observe(process, view);
        process.Memory = process.Memory.Observe(view, process.Evidence, _now);
        var decision = Orchestrator.Decide(view, process.Evidence, process.Memory, process.Key, Options, out var deadline);
        if (decision is null) process.Undisputed = (view, process.Evidence, deadline);
        else
        {
            // What the actor leaves out: the same view and evidence, before the deadline.
            if (process.Undisputed is var (v, e, until) && ReferenceEquals(v, view) && ReferenceEquals(e, process.Evidence) && _now < until)
                Broken.Add($"{process.Key} decides {decision.Why}, {until - _now} before its deadline");
            Propose(process, decision.OrchestratorTerm, decision.Changes);
        }
    }

    private Evidence Observe(Process self, ClusterView view)
    {
        var votes = ImmutableArray.CreateBuilder<LossVote>();
        var proofs = ImmutableArray.CreateBuilder<LossProof>();
        var reports = new List<AppliedReport>();
        foreach (var process in _processes.OrderBy(p => p.Key))
        {
            if (process != self && !Hears(self, process)) continue;
            var (applied, handedOver) = sabotage == Sabotage.InventAcknowledgements ? (view.Version, view.Version) : (process.Applied, process.HandedOver);
            if (_history[(int)process.Applied].Find(process.Key) is not null) reports.Add(new(process.Key, applied, handedOver));
            foreach (var peer in _processes.Where(p => IsSilentTo(process, p)).OrderBy(p => p.Key))
                votes.Add(new(process.Key, peer.Key, null, null, ""));
        }
        if (sabotage == Sabotage.InventAcknowledgements)
            foreach (var peer in _processes.Where(p => !Hears(self, p) && p != self).OrderBy(p => p.Key)) reports.Add(new(peer.Key, view.Version, view.Version));
        foreach (var peer in _processes.Where(p => p != self && !Hears(self, p)).OrderBy(p => p.Key))
            if ((!peer.Alive && oneMachine) || (sabotage == Sabotage.InventProofs && IsSilentTo(self, peer)))
                proofs.Add(new(peer.Key, TestLog.Evidence(LossKind.LockFile, self.Key)));
        var steppedDown = _processes.Where(p => p.StoreCut && Hears(self, p)).Select(p => p.Key).Order().ToImmutableArray();
        var still = _processes.Where(p => IsSilentTo(self, p) && (!p.Alive || p.Frozen || p.StoreCut)).Select(p => new StillWitness(p.Key, 1));
        return new Evidence(votes.ToImmutable(), proofs.ToImmutable(), TestLog.Reports(reports), [.. still], steppedDown);
    }

    private void Propose(Process process, long term, ImmutableArray<ControlChange> changes)
    {
        if (sabotage == Sabotage.ResubmitWithoutDeciding && process.Lost is { } lost) (term, changes) = lost;
        var seen = process.Applied;
        var entry = new LogEntry(seen + 1, _history[(int)seen].Digest, $"{process.Key}-{_now.Ticks}", process.Key, term, default, "", changes);
        if (_faults && _random.Chance(10))
        {
            if (_random.Chance(60)) _late.Add((EntryCodec.Encode(entry), seen + 1));
            return; // Unknown outcome: the proposer goes on with what the log says.
        }
        process.Lost = seen == Entries ? null : (term, changes);
        if (seen == Entries) Append(EntryCodec.Encode(entry));
    }

    private void LandLate()
    {
        var (text, version) = _late[0];
        _late.RemoveAt(0);
        if (version == Entries + 1) Append(text);
    }

    private void Append(string text)
    {
        var entry = EntryCodec.Decode(text);
        _log.Commit(entry.Proposer, entry.OrchestratorTerm, [.. entry.Changes]);
        _history.Add(View);
        CheckLosses(entry);
        CheckHolders();
    }

    /// <summary>Whoever is voted out can hold no lease any more, whatever view it still has (SAFETY 1B-8, 9).</summary>
    private void CheckLosses(LogEntry entry)
    {
        foreach (var down in entry.Changes.OfType<NodeDown>().Where(d => d.Evidence.Kind == LossKind.Quorum))
        {
            if (_history[^2].Find(down.Node) is not { Status: not MemberStatus.Down } || View.Find(down.Node) is not { Status: MemberStatus.Down })
                continue;
            if (_processes.Find(p => p.Key == down.Node) is not { Alive: true } process) continue;
            if (_history[(int)process.Applied].Find(down.Node) is not { ObserverSets: [_, ..] sets }) continue;
            var epoch = sets[^1].Epoch;
            var holdsLease = sets.All(set => 1
                + set.Observers.Count(o => !down.Evidence.Supporters.Contains(o) && Echoes(o, down.Node, epoch))
                + (set.Witness && down.Evidence.WitnessSequence is null ? 1 : 0) >= set.LeaseQuorum);
            Require(!holdsLease, $"{down.Node} is declared lost at {entry.Version} and may hold a lease in view {process.Applied}");
        }
    }

    /// <summary>An observer's echo counts only under an epoch that the observed node knows.</summary>
    private bool Echoes(NodeKey observer, NodeKey node, long epoch) =>
        _processes.Find(p => p.Key == observer) is { Alive: true } process
        && _history[(int)process.Applied].Find(node) is { Status: not MemberStatus.Down, ObserverSets: [.., var newest] }
        && newest.Epoch <= epoch;

    /// <summary>One holder per term; and whoever still believes that it leads or sends is waited for by its successor (SAFETY
    /// 1B-7).</summary>
    private void CheckHolders()
    {
        foreach (var type in View.Types.Values)
        foreach (var (shard, state) in type.Shards)
        {
            if (state.Leader is not { } leader) continue;
            Holder($"{type.Name}/{shard} in term {state.Term}", leader.ToString());
            foreach (var process in _processes.Where(p => p.Alive && p.Key != leader))
                if (_history[(int)process.Applied].Types.GetValueOrDefault(type.Name)?.Shards.GetValueOrDefault(shard)?.Leader == process.Key)
                    Require(state.Predecessors.Contains(process.Key), $"{leader} leads {type.Name}/{shard} and does not wait for {process.Key}");
            foreach (var process in _processes.Where(p => p.Alive && p.Key != leader && p.Units.ContainsKey($"{type.Name}/{shard}")))
                Require(state.Predecessors.Contains(process.Key), $"{leader} leads {type.Name}/{shard}; units of {process.Key} still run and it does not wait");
        }
        foreach (var flow in View.Flows.Values)
        {
            if (flow.Active is not { } active || ShardOf(View, flow, active) is not { Leader: { } leader } shard) continue;
            Holder($"{flow.Name} in term {flow.Term}", $"{active} on {leader}");
            foreach (var process in _processes.Where(p => p.Alive && p.Key != leader))
                if (_history[(int)process.Applied].Flows.GetValueOrDefault(flow.Name) is { Active: { } then } old
                    && ShardOf(_history[(int)process.Applied], old, then)?.Leader == process.Key)
                    Require(flow.Predecessors.Contains(process.Key) || shard.Predecessors.Contains(process.Key),
                        $"{leader} sends in {flow.Name} and does not wait for {process.Key}");
        }
        Require(View.Flows.Values.All(f => f.Senders.Count(s => s.Status == SenderStatus.Active) == (f.Active is null ? 0 : 1)), "two senders");
    }

    private static ShardState? ShardOf(ClusterView view, FlowState flow, int sender) =>
        view.Types[flow.Senders[sender].Unit.Type].Shards.GetValueOrDefault(flow.Senders[sender].Unit.Id);

    private void Holder(string what, string who)
    {
        if (_holders.TryAdd(what, who)) return;
        Require(_holders[what] == who, $"{what}: {_holders[what]} and {who}");
    }

    private void Require(bool holds, string what)
    {
        if (!holds) Broken.Add($"seed {seed}, entry {Entries}: {what}");
    }

    private static bool Hears(Process one, Process other) =>
        other.Alive && !other.Frozen && !one.Cut.Contains(other.Key.Name) && !other.Cut.Contains(one.Key.Name);

    private bool IsSilentTo(Process observer, Process peer) =>
        observer != peer && observer.Alive && !Hears(observer, peer)
        && _now - (peer.QuietSince > observer.QuietSince ? peer.QuietSince : observer.QuietSince) >= LossAfter;

    private int Below(int limit) => (int)(_random.Next() % (ulong)limit);

    private sealed class Process(NodeKey key, MonotonicTime now)
    {
        public NodeKey Key { get; } = key;

        public bool Alive { get; set; } = true;

        public bool Frozen { get; set; }

        public bool StoreCut { get; set; }

        public HashSet<string> Cut { get; set; } = [];

        public MonotonicTime QuietSince { get; set; } = now;

        public long Applied { get; set; }

        public long HandedOver { get; set; }

        /// <summary>Term of each shard whose units run.</summary>
        public SortedDictionary<string, long> Units { get; } = new(StringComparer.Ordinal);

        public Evidence Evidence { get; set; } = Evidence.None;

        public required OrchestratorMemory Memory { get; set; }

        public (ClusterView View, Evidence Evidence, MonotonicTime Until)? Undisputed { get; set; }

        public (long Term, ImmutableArray<ControlChange> Changes)? Lost { get; set; }
    }
}
