using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Membership;

public sealed class ClusterTests
{
    [Fact]
    [Trait("Requirement", "AR-3")]
    public async Task A_lone_node_elects_itself_and_may_serve()
    {
        await using var cluster = new TestCluster();
        var a = cluster.Start("a");
        await a.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        Assert.Equal(a.Key, a.View.Orchestrator!.Node);
        await a.UntilAsync(view => a.Cluster.MuteSwitch.IsOpen, "mute switch open");
        Assert.Empty(a.View.Members["a"].ObserverSets.Single().Observers);
        Assert.Equal((ulong)a.Cluster.SelfUniqueAddress.Incarnation, a.Key.Incarnation);
    }

    [Fact]
    [Trait("Requirement", "AR-3")]
    [Trait("Requirement", "CL-5")]
    public async Task Three_nodes_join_observe_each_other_and_agree()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        foreach (var node in nodes)
            await node.UntilAsync(
                view => view.Serving.Count() == 3 && view.Serving.All(m => m.ObserverSets is [{ Observers.Length: 2, Witness: false }])
                    && node.Cluster.MuteSwitch.IsOpen, "three nodes, each observed by two");
        var version = nodes.Max(node => node.View.Version);
        foreach (var node in nodes) await node.UntilAsync(view => view.Version >= version, $"version {version}");
        Assert.Single(nodes.Select(node => node.View.Digest).Distinct());
        Assert.Equal(3, nodes[2].Cluster.State.Members.Length);
        Assert.Equal(nodes[0].Cluster.SelfAddress, nodes[2].Cluster.State.Leader);
    }

    [Fact]
    [Trait("Requirement", "CL-11")]
    public async Task A_killed_orchestrator_is_declared_lost_and_replaced_in_one_entry()
    {
        await using var cluster = new TestCluster { Lease = TimeSpan.FromSeconds(20) }; // Who lives is not taken for dead.
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        foreach (var node in nodes) await node.UntilAsync(view => view.Serving.Count() == 3 && view.Serving.All(m => m.ObserverSets.Length == 1), "settled");
        await nodes[0].AbortAsync();
        await nodes[2].UntilAsync(view => view.Orchestrator!.Node == nodes[1].Key, "b decides");
        var lost = nodes[2].View.Lost[nodes[0].Key];
        Assert.Equal(nodes[2].View.Orchestrator!.Term, lost.Version);
        // An end in this process closes its connections before it frees its lock: which of the two is found first is open.
        Assert.True(lost.Evidence.Kind is LossKind.LockFile or LossKind.Quorum, lost.Evidence.ToString());

        await nodes[1].UntilAsync(_ => nodes[1].Lines.Any(line => line.Contains("b decides", StringComparison.Ordinal)), "log line");
        var decision = (await nodes[1].Cluster.DecisionsAsync()).First(d => d.Version == lost.Version);
        Assert.Contains("b decides", decision.Why, StringComparison.Ordinal);
        Assert.Contains((await nodes[1].Cluster.LogTailAsync(100)), row => row.Version == lost.Version && row.Text.Contains("node-down", StringComparison.Ordinal));
        await nodes[1].UntilAsync(_ => nodes[1].Cluster.MuteSwitch.IsOpen, "still serving");
    }

    [Fact]
    [Trait("Requirement", "CL-10")]
    public async Task A_node_that_comes_back_under_its_name_is_a_new_incarnation()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        await nodes[2].AbortAsync();
        var again = cluster.Start("c");
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        Assert.NotEqual(nodes[2].Key, again.Key);
        await nodes[0].UntilUpAsync(nodes[0].Key, nodes[1].Key, again.Key);
        Assert.Contains(nodes[2].Key, nodes[0].View.Lost.Keys);
    }

    [Fact]
    public async Task A_lone_node_that_was_killed_comes_back_by_its_lock_file()
    {
        await using var cluster = new TestCluster();
        var first = (await cluster.StartUpAsync("a"))[0];
        await first.AbortAsync();
        var again = cluster.Start("a");
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        Assert.Equal(LossKind.LockFile, again.View.Lost[first.Key].Evidence.Kind);
        Assert.Equal(again.Key, again.View.Orchestrator!.Node);
    }

    [Fact]
    [Trait("Requirement", "CL-11")]
    public async Task A_lone_node_that_was_killed_is_proven_gone_by_the_next_one_that_joins_on_its_machine()
    {
        await using var cluster = new TestCluster();
        var first = (await cluster.StartUpAsync("a"))[0];
        await first.AbortAsync();
        var next = (await cluster.StartUpAsync("b"))[0];
        Assert.Equal(LossKind.LockFile, next.View.Lost[first.Key].Evidence.Kind);
        Assert.Equal(next.Key, next.View.Orchestrator!.Node);
    }

    [Fact]
    public async Task A_name_that_a_live_process_holds_is_refused_with_its_holder()
    {
        await using var cluster = new TestCluster();
        var first = (await cluster.StartUpAsync("a"))[0];
        var second = cluster.Start("a", options => options with { JoinTimeout = TimeSpan.FromSeconds(5) });
        var refusal = await Assert.ThrowsAsync<ClusterJoinFailedException>(() => second.Cluster.WhenUp.WaitAsync(TestNode.Patience));
        Assert.Contains(first.Key.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains("actor-runtime.cluster.name", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(first.Key, first.View.Members["a"].Key);
    }

    [Fact]
    [Trait("Requirement", "AR-3")]
    public async Task A_node_leaves_in_order_and_subscribers_are_told()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        var events = new Recorder();
        nodes[1].Cluster.Subscribe(events.Start(nodes[1].System), ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        await nodes[1].UntilAsync(_ => events.Seen.Contains("MemberUp a"), "subscribed");
        var removed = new TaskCompletionSource();
        nodes[0].Cluster.RegisterOnMemberRemoved(() => removed.SetResult());

        await nodes[0].Cluster.LeaveAsync().WaitAsync(TestNode.Patience);
        await removed.Task.WaitAsync(TestNode.Patience);
        await nodes[0].System.WhenTerminated.WaitAsync(TestNode.Patience);
        await nodes[1].UntilUpAsync(nodes[1].Key, nodes[2].Key);
        // A seat names whoever held it last until the next in order takes it: leaving does not.
        await nodes[1].UntilAsync(view => view.Orchestrator!.Node == nodes[1].Key, "b decides");
        Assert.DoesNotContain(nodes[1].View.Rejections, r => r.Change == "NodeRemoved");

        string[] expected = ["MemberLeft a", "MemberRemoved a"];
        await nodes[1].UntilAsync(_ => expected.All(events.Seen.Contains) || events.Seen.Contains("MemberDowned a"), "all events");
        Assert.DoesNotContain("MemberDowned a", events.Seen);
    }

    [Fact]
    public async Task The_last_node_leaves_too()
    {
        await using var cluster = new TestCluster();
        var a = (await cluster.StartUpAsync("a"))[0];
        await a.System.Terminate().WaitAsync(TestNode.Patience);
        var again = cluster.Start("a");
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        Assert.Equal(LossKind.Itself, again.View.Lost[a.Key].Evidence.Kind);
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public async Task A_node_cut_off_by_its_signals_is_declared_lost_and_ends_itself()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        await nodes[0].UntilAsync(view => view.Serving.Count() == 3 && view.Serving.All(m => m.ObserverSets.Length == 1), "settled");
        var told = new TaskCompletionSource();
        nodes[2].System.EventStream.Subscribe(new Listener(((ExtendedActorSystem)nodes[2].System).Provider, _ => told.TrySetResult()), typeof(ThisNodeWasDeclaredLost));
        Assert.True((await nodes[2].Cluster.Heartbeat.Ask<SignalsBlocked>(new BlockSignals(true))).IsAllowed);

        await nodes[0].UntilAsync(view => view.Find(nodes[2].Key) is { Status: MemberStatus.Down }, "c declared lost");
        Assert.Equal(LossKind.Quorum, nodes[0].View.Lost[nodes[2].Key].Evidence.Kind);
        Assert.False(nodes[2].Cluster.MuteSwitch.IsOpen);
        await nodes[2].System.WhenTerminated.WaitAsync(TestNode.Patience);
        Assert.True(told.Task.IsCompleted);
        var again = cluster.Start("c");
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        await nodes[0].UntilUpAsync(nodes[0].Key, nodes[1].Key, again.Key);
    }

    [Fact]
    public async Task An_operator_declares_a_node_lost()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b");
        var outcome = await nodes[0].Cluster.DownAsync(nodes[1].Cluster.SelfAddress);
        Assert.True(outcome.IsAccepted, outcome.ToString());
        Assert.Equal(LossKind.Operator, nodes[0].View.Lost[nodes[1].Key].Evidence.Kind);
        await nodes[1].System.WhenTerminated.WaitAsync(TestNode.Patience);
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public async Task Whoever_serves_on_a_node_that_ends_is_told_before_its_successors_can_be()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        await nodes[0].UntilAsync(view => view.Serving.Count() == 3 && view.Serving.All(m => m.ObserverSets.Length == 1), "settled");
        foreach (var node in nodes) await node.UntilAsync(_ => node.Cluster.MuteSwitch.IsOpen, "mute switch open");
        var (leaves, isDowned) = (FirstToldOn(nodes[2]), FirstToldOn(nodes[1]));

        await nodes[2].System.Terminate().WaitAsync(TestNode.Patience);
        Assert.Equal((nameof(SignalEvent.LeaseLost), false), await leaves.WaitAsync(TestNode.Patience));
        Assert.True((await nodes[0].Cluster.DownAsync(nodes[1].Cluster.SelfAddress)).IsAccepted);
        Assert.Equal((nameof(SignalEvent.LeaseLost), false), await isDowned.WaitAsync(TestNode.Patience));
    }

    /// <summary>The mute, or what must come after it, whichever is told first; and whether the switch was open then.</summary>
    private static Task<(string What, bool IsOpen)> FirstToldOn(TestNode node)
    {
        var told = new TaskCompletionSource<(string, bool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = new Listener(((ExtendedActorSystem)node.System).Provider, Hear);
        foreach (var channel in new[] { typeof(SignalEvent.LeaseLost), typeof(ViewChanged), typeof(ThisNodeWasDeclaredLost) })
            node.System.EventStream.Subscribe(listener, channel);
        return told.Task;

        void Hear(object message)
        {
            // A leaving node's last words are in the view; one that is declared lost reads of it there, and mutes itself then.
            if (message is ViewChanged changed && !(changed.New.Lost.TryGetValue(node.Key, out var lost) && lost.Evidence.Kind == LossKind.Itself)) return;
            told.TrySetResult((message.GetType().Name, node.Cluster.MuteSwitch.IsOpen));
        }
    }

    [Fact]
    public async Task While_the_store_is_away_nodes_serve_and_decisions_wait()
    {
        await using var cluster = new TestCluster { StoreTimeout = TimeSpan.FromSeconds(1) };
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        await nodes[0].UntilAsync(view => view.Serving.Count() == 3 && view.Serving.All(m => m.ObserverSets.Length == 1), "settled");
        foreach (var node in nodes) node.Store.IsUnreachable = true;
        await nodes[0].UntilAsync(_ => nodes.All(n => n.Lines.Any(l => l.Contains("has not answered", StringComparison.Ordinal))), "all say that the store is away");
        foreach (var node in nodes) await node.UntilAsync(_ => node.Cluster.MuteSwitch.IsOpen, "still serving");

        var hosted = nodes[1].Cluster.ProposeAsync([new ControlChange.UnitTypeHosted(nodes[1].Key, "t", 4)], "test");
        Assert.False(hosted.IsCompleted);
        foreach (var node in nodes) node.Store.IsUnreachable = false;
        Assert.True((await hosted.WaitAsync(TestNode.Patience)).IsAccepted);
        await nodes[0].UntilAsync(view => view.Types.TryGetValue("t", out var t) && t.Shards.Values.All(s => s.Leader == nodes[1].Key), "shards placed");
    }

    [Fact]
    public async Task An_orchestrator_without_store_steps_down()
    {
        await using var cluster = new TestCluster { StoreTimeout = TimeSpan.FromSeconds(1) };
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        nodes[0].Store.IsUnreachable = true;
        await nodes[1].UntilAsync(view => view.Orchestrator!.Node == nodes[1].Key, "b decides");
        Assert.Equal(MemberStatus.Up, nodes[1].View.Members["a"].Status);
        nodes[0].Store.IsUnreachable = false;
        await nodes[0].UntilAsync(view => view.Orchestrator!.Node == nodes[1].Key, "a knows");
    }

    [Fact]
    [Trait("Requirement", "CL-7")]
    [Trait("Requirement", "CL-10")]
    [Trait("Requirement", "CL-11")]
    public async Task Flows_of_a_killed_node_switch_in_the_entry_of_its_loss_and_fail_back()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        foreach (var node in nodes)
            Assert.True((await node.Cluster.ProposeAsync(
                [new ControlChange.UnitTypeHosted(node.Key, "r", 3), new ControlChange.UnitTypeHosted(node.Key, "s", 0)], "test")).IsAccepted);
        var flows = Enumerable.Range(0, 3).Select(i => new ControlChange.FlowDefined(
            $"f{i}", new("r", $"{i}"), [new("s", $"f{i}a"), new("s", $"f{i}b")], FailbackPolicy.Automatic, "{}"));
        Assert.True((await nodes[0].Cluster.ProposeAsync([.. flows], "test")).IsAccepted);
        await nodes[0].UntilAsync(view => view.Flows.Count == 3 && view.Flows.Values.All(f => f.Active == 0), "first senders active");
        await nodes[0].UntilAsync(view => view.Serving.All(m => m.ObserverSets.Length == 1), "settled");
        await nodes[0].UntilAsync(view => SendersAt(view).Distinct().Count() == 3, "first senders on three nodes");
        var at = SendersAt(nodes[0].View);

        var (victim, other) = (nodes[2], nodes[1]);
        var flow = nodes[0].View.Flows.Values.ElementAt(Array.IndexOf(at, victim.Key)).Name;
        await victim.AbortAsync();
        await other.UntilAsync(view => view.Flows.TryGetValue(flow, out var row) && row.Active == 1, "the standby sends");
        Assert.Equal(other.View.Lost[victim.Key].Version, other.View.Flows[flow].Term);
        Assert.Equal(SenderStatus.Muted, other.View.Flows[flow].Senders[0].Status);
        var standby = Predecessors.ShardOf(other.View, other.View.Flows[flow].Senders[1].Unit)!.Leader!.Value;
        Assert.Equal(other.View.Lost[victim.Key].Evidence.IsAuthoritative, other.View.Flows[flow].Predecessors.IsEmpty);

        var again = cluster.Start("c");
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        Assert.True((await again.Cluster.ProposeAsync(
            [new ControlChange.UnitTypeHosted(again.Key, "r", 3), new ControlChange.UnitTypeHosted(again.Key, "s", 0)], "test")).IsAccepted);
        await other.UntilAsync(view => view.Flows[flow].Active == 0, "failed back");
        Assert.Equal(again.Key, Predecessors.ShardOf(other.View, other.View.Flows[flow].Senders[0].Unit)!.Leader);
        Assert.Equal(standby, Assert.Single(other.View.Flows[flow].Predecessors));
    }

    private static NodeKey[] SendersAt(ClusterView view) =>
        [.. view.Flows.Values.Select(f => Predecessors.ShardOf(view, f.Senders[0].Unit)!.Leader!.Value)];

    /// <summary>Hears at the moment of telling: an actor's mailbox may be closed by its node's end before the actor gets its turn.</summary>
    private sealed class Listener(IActorRefProvider provider, Action<object> hear) : MinimalActorRef
    {
        public override ActorPath Path { get; } = provider.RootPath / "listener";

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object? message, IActorRef? sender) => hear(message!);
    }

    private sealed class Recorder
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _seen = [];

        public IReadOnlyCollection<string> Seen => _seen;

        public IActorRef Start(ActorSystem system) => system.ActorOf(Props.Create(() => new RecorderActor(_seen)));

        private sealed class RecorderActor : ReceiveActor
        {
            public RecorderActor(System.Collections.Concurrent.ConcurrentQueue<string> seen) => ReceiveAny(
                message => seen.Enqueue(message is ClusterEvent.IMemberEvent happened ? $"{message.GetType().Name} {happened.Member.Name}" : message.GetType().Name));
        }
    }
}
