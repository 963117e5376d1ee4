using ActorRuntime.Simulation.Workloads;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation.Faults;

/// <summary>Does the faults of a script to a cluster, and undoes each at its end.</summary>
internal sealed class FaultInjector(SimulatedCluster cluster)
{
    private const int DriftOfLeases = 950; // Leases allow for 1,000 millionths.

    private readonly SortedDictionary<FaultKind, int> _counts = [];
    private readonly List<(Fault Fault, Action Undo)> _active = [];
    private readonly HashSet<int> _drifting = []; // Looked up only.
    private int _left;

    /// <summary>How often each kind was done.</summary>
    public IReadOnlyDictionary<FaultKind, int> Counts => _counts;

    /// <summary>True when every fault that was scheduled has been undone.</summary>
    public bool IsOver => _left == 0;

    private int Nodes => cluster.Nodes.Count;

    /// <summary>Puts a script on the agenda, from now on.</summary>
    public void Schedule(IEnumerable<Fault> script)
    {
        foreach (var fault in script)
        {
            _left++;
            cluster.After(fault.At, () => Do(fault));
        }
    }

    private void Do(Fault fault)
    {
        cluster.Record("", $"FAULT {fault}");
        _counts[fault.Kind] = _counts.GetValueOrDefault(fault.Kind) + 1;
        var node = cluster.Nodes[fault.Node];
        switch (fault.Kind)
        {
            case FaultKind.Kill: node.Kill(); break;
            case FaultKind.PowerCut or FaultKind.DiskLoss or FaultKind.LastDiskLoss when cluster.Settings.IsOneMachine: node.Kill(); break; // The machine goes on, with its disk.
            case FaultKind.PowerCut: node.CutPower(); break;
            case FaultKind.DiskLoss when !cluster.Replicas.MayLoseDisk(node.Name): node.CutPower(); break;
            case FaultKind.DiskLoss or FaultKind.LastDiskLoss:
                node.CutPower();
                node.Host.Disk.Lose();
                break;
            case FaultKind.Freeze: node.Freeze(); break;
            case FaultKind.Leave: node.Leave(); break;
            case FaultKind.Move: ObjectUnits.Move(node, fault.Parameter); break;
            case FaultKind.WallClockJump: node.Host.Clock.SetWall(TimeSpan.FromSeconds((long)(fault.Parameter % 7200) - 3600)); break;
        }
        _active.Add((fault, UndoOf(fault, node)));
        Renew();
        cluster.After(fault.For, () => End(fault));
    }

    private void End(Fault fault)
    {
        cluster.Record("", $"end of {fault}");
        var index = _active.FindIndex(active => ReferenceEquals(active.Fault, fault));
        var undo = _active[index].Undo;
        _active.RemoveAt(index);
        _left--;
        Renew();
        undo();
    }

    private static Action UndoOf(Fault fault, SimulatedNode node) => fault.Kind switch
    {
        FaultKind.Kill or FaultKind.PowerCut or FaultKind.DiskLoss or FaultKind.LastDiskLoss => node.Start,
        FaultKind.Leave => () =>
        {
            node.Kill(); // Usually it has ended long ago.
            node.Start();
        },
        FaultKind.Freeze => node.Thaw,
        _ => static () => { },
    };

    /// <summary>Faults overlap: what holds now follows from all that are active.</summary>
    private void Renew()
    {
        RenewLinks();
        RenewStores();
        RenewMachines();
    }

    private void RenewLinks()
    {
        var network = cluster.World.Network;
        var conditions = Is(FaultKind.Loss) ? LinkConditions.Default with { LossPercent = 30, DuplicatePercent = 5 } : LinkConditions.Default;
        if (Is(FaultKind.Slow)) conditions = conditions with { DelayMin = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromMilliseconds(300) };
        for (var from = 0; from < Nodes; from++)
        {
            for (var to = 0; to < Nodes; to++)
            {
                var (a, b) = (cluster.Nodes[from].Host.Index, cluster.Nodes[to].Host.Index);
                if (a == b) continue;
                network[a, b].Conditions = conditions;
                network[a, b].CloggedUntil = ClogOf(to);
                network.SetCut(a, b, CutOf(from, to));
            }
        }
    }

    private long ClogOf(int to)
    {
        foreach (var (fault, _) in _active)
        {
            if (fault.Kind == FaultKind.Clog && fault.Node == to) return cluster.World.Agenda.Now + fault.For.Ticks;
        }
        return 0;
    }

    private Cut CutOf(int from, int to)
    {
        var cut = Cut.None;
        foreach (var (fault, _) in _active)
        {
            cut |= fault.Kind switch
            {
                FaultKind.Isolate when fault.Node == from || fault.Node == to => Cut.All,
                FaultKind.Silence when fault.Node == from => Cut.All,
                FaultKind.Deafen when fault.Node == to => Cut.All,
                FaultKind.DeafenSignals when fault.Node == to => Cut.Datagrams,
                FaultKind.CutPair when (fault.Node == from && fault.Other == to) || (fault.Node == to && fault.Other == from) => Cut.All,
                FaultKind.CutSignals when fault.Node == from || fault.Node == to => Cut.Datagrams,
                FaultKind.CutStreams when fault.Node == from || fault.Node == to => Cut.Streams,
                FaultKind.Split when IsFirstHalf(fault, from) != IsFirstHalf(fault, to) => Cut.All,
                FaultKind.Bridge when from != fault.Node && to != fault.Node && IsFirstHalf(fault, from) != IsFirstHalf(fault, to) => Cut.All,
                _ => Cut.None,
            };
        }
        return cut;
    }

    private bool IsFirstHalf(Fault fault, int node) => (node - fault.Node + Nodes) % Nodes < (Nodes + 1) / 2;

    private void RenewStores()
    {
        var (log, journal) = (cluster.Stores.LogConditions, cluster.Stores.JournalConditions);
        log.IsDown = Is(FaultKind.StoreOutage);
        log.UnknownPercent = Is(FaultKind.StoreUnknown) ? 50 : 0;
        log.Delay = DelayOf(Is(FaultKind.StoreSlow));
        journal.IsDown = Is(FaultKind.JournalOutage);
        journal.UnknownPercent = Is(FaultKind.JournalUnknown) ? 30 : 0;
        journal.Delay = DelayOf(Is(FaultKind.JournalSlow));
        log.CutOff.Clear();
        journal.CutOff.Clear();
        foreach (var (fault, _) in _active)
        {
            if (fault.Kind == FaultKind.StoreCutOff) log.CutOff.Add(cluster.Nodes[fault.Node].Host.Index);
            if (fault.Kind == FaultKind.JournalCutOff) journal.CutOff.Add(cluster.Nodes[fault.Node].Host.Index);
        }

        static (TimeSpan Min, TimeSpan Max) DelayOf(bool isSlow) =>
            isSlow ? (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(500)) : (TimeSpan.FromTicks(2_000), TimeSpan.FromMilliseconds(3));
    }

    private void RenewMachines()
    {
        for (var i = 0; i < Nodes; i++)
        {
            var (node, disk) = (cluster.Nodes[i], cluster.Nodes[i].Host.Disk);
            disk.ErrorPercent = Is(FaultKind.DiskErrors, i) ? 50 : 0;
            disk.IsFull = Is(FaultKind.DiskFull, i);
            disk.DelayMax = Is(FaultKind.DiskSlow, i) ? TimeSpan.FromSeconds(2) : TimeSpan.FromMilliseconds(5);
            if (node.Process is { } process) process.LatencyMax = Is(FaultKind.Busy, i) ? TimeSpan.FromMilliseconds(20) : cluster.Settings.LatencyMax;
            var drift = _active.Find(active => active.Fault.Kind == FaultKind.ClockDrift && active.Fault.Node == i).Fault;
            if (drift is not null) node.Host.Clock.Drift(drift.Parameter % 2 == 0 ? DriftOfLeases : -DriftOfLeases);
            else if (_drifting.Contains(i)) node.Host.Clock.Drift(0);
            if (drift is not null) _drifting.Add(i);
            else _drifting.Remove(i);
        }
    }

    private bool Is(FaultKind kind) => _active.Exists(active => active.Fault.Kind == kind);

    private bool Is(FaultKind kind, int node) => _active.Exists(active => active.Fault.Kind == kind && active.Fault.Node == node);
}
