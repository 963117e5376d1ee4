using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>What a run is put through. Percentages are per datagram or per opportunity.</summary>
internal sealed record SimulationPlan
{
    public int Nodes { get; init; } = 3;
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(8);
    public TimeSpan FaultsEnd { get; init; } = TimeSpan.FromSeconds(5);
    public int LossPercent { get; init; } = 3;
    public int DuplicatePercent { get; init; } = 3;
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(8);
    public int SlowPercent { get; init; } = 3; // Delayed by up to half a second instead.
    public int Faults { get; init; } = 8; // Drawn, spread over the time up to FaultsEnd.
    public bool CrashesOnly { get; init; }
    /// <summary>Chance of each direction of each link to be cut from 2 s to <see cref="FaultsEnd"/>; the store is out of reach for all from then on.</summary>
    public int OneWayCutPercent { get; init; }

    public int DriftPpmMax { get; init; } = 1000;
    public SignalOptions Options { get; init; } = new();
    public SignalParts Parts { get; init; } = SignalParts.Sound;

    /// <summary>Faults and fates beside the drawn ones.</summary>
    public SignalSchedule? Schedule { get; init; }

    /// <summary>A run in which nothing happens but what the schedule says, and travel times.</summary>
    public static SimulationPlan Of(SignalSchedule schedule) => new()
    {
        Nodes = schedule.Nodes, Duration = TimeSpan.FromSeconds(6), Faults = 0, LossPercent = schedule.LossPercent, DuplicatePercent = 0, SlowPercent = 0,
        DriftPpmMax = schedule.DriftPpmMax, Schedule = schedule,
    };
}

/// <summary>A cluster of signal machines on virtual time: network, store with control log and witness rows, clocks that drift, processes
/// that
/// pause, crash and come back. One thread, one seed, one history.</summary>
/// <remarks>
/// Deciding is modelled as any node that reaches the store: it declares a loss when a quorum of every valid set supports it as far as it
/// has
/// heard, changes observers jointly and retires by rule 9. Safety is checked after each event: no lost incarnation whose mute switch is
/// open on
/// its own clock while the gate for it is clear anywhere. The clock of a paused process runs on, so pauses need no exception.
/// </remarks>
internal sealed class SignalSimulation
{
    private const ulong ClusterId = 7;
    private static readonly byte[] Secret = new byte[32];
    private static readonly TimeSpan StoreInterval = TimeSpan.FromMilliseconds(100);

    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private readonly SimulationPlan _plan;
    private readonly bool[,] _cut;
    private readonly bool[] _storeCut;
    private readonly Dictionary<int, MessageFate> _fates;
    private readonly SortedDictionary<string, (ulong Incarnation, long Sequence, bool IsFenced)> _witness = [];
    private long _order;
    private int _transmitted;
    private ulong _incarnations;

    public SignalSimulation(ulong seed, SimulationPlan plan)
    {
        (_plan, Random) = (plan, new Prng(seed));
        _cut = new bool[plan.Nodes, plan.Nodes];
        _storeCut = new bool[plan.Nodes];
        _fates = plan.Schedule?.Fates.DistinctBy(fate => fate.Number).ToDictionary(fate => fate.Number) ?? [];
        Processes = new SimulatedProcess[plan.Nodes];
    }

    public Prng Random { get; }
    public long Now { get; private set; }
    public List<ClusterView> Log { get; } = [ClusterView.Empty];
    public SimulatedProcess[] Processes { get; }
    public List<SimulatedProcess> All { get; } = [];
    public List<string> History { get; } = [];
    public string? Violation { get; private set; }
    public ClusterView Head => Log[^1];

    public SignalSimulation Run()
    {
        for (var i = 0; i < _plan.Nodes; i++)
        {
            var slot = i;
            After(TimeSpan.FromMilliseconds(1 + 40 * i), () => Start(slot));
        }
        for (var i = 0; i < _plan.Faults; i++)
        {
            After(TimeSpan.FromSeconds(1) + Random.Below(_plan.FaultsEnd - TimeSpan.FromSeconds(1)), Fault);
        }
        foreach (var fault in _plan.Schedule?.Faults ?? [])
        {
            After(TimeSpan.FromMilliseconds(fault.AtMs), () => Inject(fault.Kind, fault.Node, TimeSpan.FromMilliseconds(fault.LengthMs)));
        }
        if (_plan.OneWayCutPercent > 0) After(TimeSpan.FromSeconds(2), CutOneWays);
        After(_plan.FaultsEnd, Heal);
        while (_queue.TryDequeue(out var action, out var due) && due.At <= _plan.Duration.Ticks && Violation is null)
        {
            Now = due.At;
            action();
        }
        return this;
    }

    public void After(TimeSpan wait, Action action) => At(Now + wait.Ticks, action);

    public void At(long at, Action action) => _queue.Enqueue(action, (Math.Max(at, Now), _order++));

    public void Note(string text) => History.Add($"{Now / 10,9} {text}");

    public void Crash(int slot)
    {
        if (Processes[slot] is not { IsRunning: true } process) return;
        process.IsRunning = false;
        process.CrashedAt = Now;
        Note($"crash {process.Self}");
    }

    private void Start(int slot)
    {
        var self = new NodeKey("n" + slot, ++_incarnations * 0x1_0001);
        var process = new SimulatedProcess(this, slot, self, new SignalCore(self, new SignalCodec(ClusterId, Secret), _plan.Options, _plan.Parts))
        {
            DriftPpm = (long)(Random.Next() % (ulong)(2 * _plan.DriftPpmMax + 1)) - _plan.DriftPpmMax,
            Offset = (long)(Random.Next() % 1_000_000_000_000),
        };
        Processes[slot] = process;
        All.Add(process);
        Note($"start {self} drift {process.DriftPpm} ppm");
        process.Do(() => process.Core.OnStart(process, process.Clock));
        Poll(process);
    }

    // ── Faults ────────────────────

    private void Fault()
    {
        var slot = (int)(Random.Next() % (ulong)_plan.Nodes);
        var length = TimeSpan.FromMilliseconds(100) + Random.Below(TimeSpan.FromMilliseconds(1800));
        Inject(_plan.CrashesOnly ? FaultKind.Crash : Enum.GetValues<FaultKind>()[Random.Next() % 7], slot, length);
    }

    private void Inject(FaultKind kind, int slot, TimeSpan length)
    {
        switch (kind)
        {
            case FaultKind.Cut:
                var to = (slot + 1 + (int)(Random.Next() % (ulong)(_plan.Nodes - 1))) % _plan.Nodes;
                Cut(slot, to, length);
                break;
            case FaultKind.Partition or FaultKind.Isolation:
                Note($"{kind} of n{slot} for {length.TotalMilliseconds:0} ms");
                for (var other = 0; other < _plan.Nodes; other++)
                {
                    if (other == slot) continue;
                    // Each direction of each link ends by itself: an observer may be heard again while others already support the loss.
                    Cut(slot, other, length + Random.Below(TimeSpan.FromMilliseconds(200)));
                    Cut(other, slot, length + Random.Below(TimeSpan.FromMilliseconds(200)));
                }
                if (kind == FaultKind.Isolation) CutStore(slot, length);
                break;
            case FaultKind.Deafness:
                Note($"deafness of n{slot} for {length.TotalMilliseconds:0} ms");
                for (var other = 0; other < _plan.Nodes; other++) Cut(other, slot, length);
                break;
            case FaultKind.Crash:
                Crash(slot);
                if (!_plan.CrashesOnly) After(length, () => { if (!Processes[slot].IsRunning) Start(slot); });
                break;
            case FaultKind.Pause:
                if (Processes[slot] is { IsRunning: true } process)
                {
                    Note($"pause {process.Self} for {length.TotalMilliseconds:0} ms");
                    process.Pause(Now + length.Ticks);
                }
                break;
            default:
                CutStore(slot, length);
                break;
        }
    }

    private void Cut(int from, int to, TimeSpan length)
    {
        _cut[from, to] = true;
        After(length, () => _cut[from, to] = false);
    }

    private void CutOneWays()
    {
        Array.Fill(_storeCut, true);
        for (var from = 0; from < _plan.Nodes; from++)
            for (var to = 0; to < _plan.Nodes; to++) _cut[from, to] = from != to && Random.Chance(_plan.OneWayCutPercent);
    }

    public bool IsCut(int from, int to) => _cut[from, to];

    private void CutStore(int slot, TimeSpan length)
    {
        _storeCut[slot] = true;
        After(length, () => _storeCut[slot] = false);
    }

    private void Heal()
    {
        Note("heal");
        Array.Clear(_cut);
        if (_plan.OneWayCutPercent == 0) Array.Clear(_storeCut);
    }

    // ── Network and store ────────────────────

    public void Transmit(SimulatedProcess from, ReadOnlySpan<byte> datagram, int to)
    {
        _fates.TryGetValue(_transmitted++, out var fate);
        var copies = Random.Chance(_plan.DuplicatePercent) || fate is { IsDoubled: true } ? 2 : 1;
        var bytes = datagram.ToArray();
        for (var copy = 0; copy < copies; copy++)
        {
            var isLost = Random.Chance(_plan.LossPercent);
            var isSlow = Random.Chance(_plan.SlowPercent);
            var delay = TimeSpan.FromMicroseconds(50) + Random.Below(isSlow ? TimeSpan.FromMilliseconds(500) : _plan.DelayMax);
            if (isLost || _cut[from.Slot, to] || fate is { IsLost: true }) continue;
            if (fate is { IsDoubled: false } || (fate is not null && copy > 0)) delay += TimeSpan.FromMilliseconds(fate.DelayMs);
            After(delay, () => Processes[to]?.Do(() => Processes[to].Core.OnDatagram(bytes, Processes[to].Clock)));
        }
    }

    private bool Reaches(SimulatedProcess process) => process.IsRunning && !_storeCut[process.Slot];

    /// <summary>One round of a node with the store: pull the log, renew and read the witness, decide.</summary>
    private void Poll(SimulatedProcess process)
    {
        if (!process.IsRunning) return;
        process.Do(() =>
        {
            var asked = process.Clock;
            var delay = TimeSpan.FromMilliseconds(1) + Random.Below(TimeSpan.FromMilliseconds(10));
            After(delay, () =>
            {
                if (!Reaches(process)) return;
                var renewed = process.Core.Lease.NeedsWitness && Renew(process.Self);
                var rows = _witness.Select(w => new Persistence.ControlLog.WitnessRow(w.Key, w.Value.Incarnation, w.Value.Sequence, null)).ToList();
                var head = Log.Count - 1;
                After(delay, () => process.Do(() =>
                {
                    for (var v = (int)process.View.Version + 1; v <= head; v++) process.Apply(Log[v]);
                    if (renewed) process.Core.WitnessRenewed(asked, process.Clock);
                    process.Witnesses.OnRows(rows, process.WitnessedPeers(), process.Clock);
                    process.Decide();
                }));
            });
        });
        After(StoreInterval / 2 + Random.Below(StoreInterval), () => Poll(process));
    }

    private bool Renew(NodeKey node)
    {
        _witness.TryGetValue(node.Name, out var row);
        if (row.Incarnation == node.Incarnation && row.IsFenced) return false;
        if (row.Incarnation > node.Incarnation) return false;
        _witness[node.Name] = (node.Incarnation, row.Sequence + 1, false);
        return true;
    }

    /// <summary>Compare and set at the head; the fence holds in the same step. Pushed to whoever the network reaches.</summary>
    public void Append(SimulatedProcess from, ClusterView next, (NodeKey Node, long Sequence)? fence, string what)
    {
        After(Random.Below(TimeSpan.FromMilliseconds(10)), () =>
        {
            if (!Reaches(from) || next.Version != Log.Count) return;
            if (fence is { } f)
            {
                _witness.TryGetValue(f.Node.Name, out var row);
                if ((row.Incarnation == f.Node.Incarnation ? row.Sequence : 0) != f.Sequence) return;
                _witness[f.Node.Name] = (f.Node.Incarnation, f.Sequence, true);
            }
            Log.Add(next);
            Note($"{from.Self} commits {next.Version}: {what}");
            foreach (var process in Processes.Where(p => p is { IsRunning: true }))
            {
                if (process.Slot != from.Slot && _cut[from.Slot, process.Slot]) continue;
                After(Random.Below(TimeSpan.FromMilliseconds(20)), () => process.Do(() =>
                {
                    if (next.Version == process.View.Version + 1) process.Apply(next);
                }));
            }
        });
    }

    // ── Safety ────────────────────

    public void Check()
    {
        foreach (var old in All)
        {
            if (!old.IsRunning || !old.IsLostSomewhere || old.Core.LeaseEnd <= old.Clock) continue;
            foreach (var successor in All)
            {
                if (successor == old || !successor.IsRunning || !successor.View.Lost.TryGetValue(old.Self, out var lost)) continue;
                if (!successor.Core.Gate.IsClear(old.Self, lost.Version)) continue;
                var left = old.Core.LeaseEnd - old.Clock;
                Violation = $"{old.Self} may serve for another {left.TotalMilliseconds:0.0} ms while its gate is open at {successor.Self} (lost at {lost.Version})";
                Note("VIOLATION " + Violation);
                return;
            }
        }
    }
}
