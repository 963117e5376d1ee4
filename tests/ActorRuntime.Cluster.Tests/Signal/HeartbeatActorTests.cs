using System.Collections.Concurrent;
using System.Net;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: a heartbeat actor confirms what its channel finds and tells the evidence. Method: real sockets and lock files in one
/// process.</summary>
public sealed class HeartbeatActorTests : IAsyncLifetime
{
    private static readonly ControlLogIdentity Identity = new(78, new byte[32]);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("heartbeat").FullName;
    private readonly List<Node> _nodes = [];
    private readonly FakeWitnesses _store = new();
    private ClusterView _view = ClusterView.Empty;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.System.Terminate();
            node.Channel.Dispose();
            node.Lock.Dispose();
        }
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    [Trait("Requirement", "CL-5")]
    [Trait("Requirement", "CL-9")]
    public void Every_peer_notices_a_silent_node_by_itself_and_tells_all_votes()
    {
        Start(3);
        _nodes[0].Heartbeat.Tell(new BlockSignals(true), ActorRefs.NoSender);
        var silent = _nodes[0].Channel.Self;
        foreach (var node in _nodes.Skip(1))
        {
            var evidence = Await(node, e => e.Votes.Count(v => v.Peer == silent) == 2);
            var own = evidence.Votes.Single(v => v.Peer == silent && v.Observer == node.Channel.Self);
            Assert.NotNull(own.SuspectedAt);
            Assert.Contains("of 10 probes lost", own.Detail);
            Assert.Empty(evidence.Proofs); // Its lock file is held: it lives.
        }
        _nodes[0].Heartbeat.Tell(new BlockSignals(false), ActorRefs.NoSender);
        foreach (var node in _nodes.Skip(1)) Await(node, e => e.Votes.IsEmpty);
    }

    [Fact]
    [Trait("Requirement", "CL-9")]
    public void A_released_lock_file_proves_the_end_of_a_suspected_node_on_this_host()
    {
        Start(3);
        _nodes[0].Channel.Block(true);
        _nodes[0].Lock.Dispose();
        var proof = Await(_nodes[1], e => e.Proofs.Length == 1).Proofs[0];
        Assert.Equal(_nodes[0].Channel.Self, proof.Peer);
        Assert.Equal((LossKind.LockFile, _nodes[1].Channel.Self), (proof.Evidence.Kind, proof.Evidence.Supporters.Single()));
    }

    [Fact]
    public void The_word_of_a_supervisor_is_a_proof()
    {
        Start(2);
        _nodes[1].Heartbeat.Tell(new ProcessEnded(_nodes[0].Channel.Self, "pid 7 exited with 137"), ActorRefs.NoSender);
        var proof = Await(_nodes[1], e => e.Proofs.Length == 1).Proofs[0];
        Assert.Equal((LossKind.Supervisor, "pid 7 exited with 137"), (proof.Evidence.Kind, proof.Evidence.Detail));
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void Of_two_nodes_the_one_that_reaches_the_store_keeps_its_lease()
    {
        Start(2);
        var silent = _nodes[0].Channel.Self;
        Wait(() => _store.Renewals(silent.Name) > 0, "its witness row was renewed");
        _store.Refuse = silent.Name;
        _nodes[0].Channel.Block(true);
        Wait(() => !_nodes[0].Channel.IsOpen, "the cut-off node muted");
        var evidence = Await(_nodes[1], e => e.StillWitnesses.Any(w => w.Node == silent) && e.Votes.Any(v => v.Peer == silent));
        Wait(() => _nodes[1].Channel.IsOpen, "the other serves"); // The store's answers come over the pool, which others use, too.
        Assert.Contains(evidence.StillWitnesses, w => w.Node == silent && w.Sequence > 0);
    }

    [Fact]
    public void The_table_says_what_the_detector_believes()
    {
        Start(3);
        var probe = new TestProbe(_nodes[0].System);
        Wait(() => Table() is { Peers: [var first, var second], IsOpen: true } table && table.LeaseLeft > TimeSpan.Zero && IsWell(first) && IsWell(second),
            "two peers that are well");

        SignalTable Table()
        {
            probe.Send(_nodes[0].Heartbeat, GetSignalTable.Instance);
            return probe.ExpectMsg<SignalTable>(Patience);
        }

        static bool IsWell(SignalPeer peer) => peer is { State: PeerState.Healthy, Heard: > 0, AppliedVersion: 1 };
    }

    private void Start(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = SignalViews.Key("node-" + i, (ulong)i + 1);
            var environment = new ProductionEnvironment();
            var held = environment.LockFiles.TryAcquire(Path.Combine(_directory, key.Name), key.ToString())!;
            var channel = SignalChannel.Open(
                environment, new SignalOptions { FaultInjection = true }, key, Identity, new IPEndPoint(IPAddress.Loopback, 0));
            var system = ActorSystem.Create("test", ActorSystemSetup.Create(new EnvironmentSetup(environment)));
            var orchestrator = new TestProbe(system);
            var heartbeat = system.ActorOf(Props.CreateBy(() => new HeartbeatActor(channel, _store, orchestrator.Ref)), "heartbeat");
            _nodes.Add(new Node(system, channel, heartbeat, orchestrator, held));
        }
        var view = SignalViews.Of(1, [.. _nodes.Select(n => (n.Channel.Self, n.Channel.LocalEndPoint.Port))]);
        foreach (var node in _nodes)
        {
            var member = view.Find(node.Channel.Self)!;
            var facts = member.Facts with { BootId = node.System.Environment.Host.BootId, LockFile = Path.Combine(_directory, member.Name) };
            view = view.With(member with { Facts = facts });
        }
        _view = view;
        foreach (var node in _nodes) node.Heartbeat.Tell(new ViewApplied(_view), ActorRefs.NoSender);
        Wait(() => _nodes.TrueForAll(n => n.Channel.IsOpen), "all leases");
        foreach (var node in _nodes) Await(node, e => e.Reports.Count == count);
    }

    private static Evidence Await(Node node, Predicate<Evidence> condition) =>
        node.Orchestrator.FishForMessage<EvidenceChanged>(e => condition(e.Evidence), Patience).Evidence;

    private static void Wait(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Patience), "never: " + what);

    private sealed record Node(ActorSystem System, SignalChannel Channel, IActorRef Heartbeat, TestProbe Orchestrator, ILockFile Lock);

    /// <summary>Witness rows in memory; answers one node with silence when told to.</summary>
    private sealed class FakeWitnesses : IControlLogStore
    {
        private readonly ConcurrentDictionary<string, WitnessRow> _rows = new();

        public string? Refuse { get; set; }

        public long Renewals(string node) => _rows.TryGetValue(node, out var row) ? row.Sequence : 0;

        public ValueTask<bool> RenewWitnessAsync(string node, ulong incarnation, CancellationToken cancellationToken)
        {
            if (node == Refuse) throw new StoreUnreachableException("cut off");
            _rows.AddOrUpdate(node, _ => new WitnessRow(node, incarnation, 1, null), (_, row) => row with { Sequence = row.Sequence + 1 });
            return new(true);
        }

        public ValueTask<IReadOnlyList<WitnessRow>> ReadWitnessesAsync(CancellationToken cancellationToken) => new([.. _rows.Values]);

        public ValueTask<ControlLogIdentity> OpenAsync(CancellationToken cancellationToken) => new(Identity);

        public ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken) => new(0);

        public ValueTask<IReadOnlyList<ControlLogRow>> ReadAsync(long fromVersion, int maxRows, CancellationToken cancellationToken) => new([]);

        public ValueTask<ControlLogBase> ReadBaseAsync(long known, CancellationToken cancellationToken) => new(new ControlLogBase(0, null, null, false));

        public ValueTask<AppendOutcome> AppendAsync(ControlLogAppend append, CancellationToken cancellationToken) => new(AppendOutcome.Conflict);

        public ValueTask DisposeAsync() => default;
    }
}
