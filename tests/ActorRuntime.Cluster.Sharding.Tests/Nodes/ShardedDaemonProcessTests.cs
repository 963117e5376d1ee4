using System.Collections.Concurrent;
using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Daemons over three systems with a real orchestrator.</summary>
public sealed class ShardedDaemonProcessTests
{
    private const int Daemons = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact, Trait("Requirement", "AR-3")]
    public async Task Daemons_run_once_each_spread_over_the_nodes_and_again_elsewhere_when_their_node_is_lost()
    {
        var board = new Board();
        await using var cluster = await ClusterOfThree.StartAsync(node => Start(node, board));
        await ClusterOfThree.UntilAsync(
            () => board.Running.Count == Daemons && board.Running.Values.Distinct().Count() == 3, "six daemons run, on three nodes", Patience.TotalSeconds);

        var lost = cluster.Nodes[1];
        await lost.FreezeAsync();
        await ClusterOfThree.UntilAsync(
            () => board.Running.Count == Daemons && board.Running.Values.All(node => node != lost.Name), "six daemons run on the healthy nodes", Patience.TotalSeconds);
        lost.Environment.Freeze(false);
        Assert.Empty(board.Doubles);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public async Task A_daemon_that_ends_is_started_again_and_one_of_another_role_never_here()
    {
        var board = new Board();
        await using var cluster = await ClusterOfThree.StartAsync(_ => { });
        var router = Start(cluster.Nodes[0], board);
        Assert.Equal(router, Start(cluster.Nodes[0], board));
        ShardedDaemonProcess.Get(cluster.Nodes[1].System).Init(
            "workers", Daemons, index => Props.CreateBy(() => new Daemon(index, "n1", board)),
            ShardedDaemonProcessSettings.Create(cluster.Nodes[1].System).WithRole("other"), PoisonPill.Instance);
        var proxy = ShardedDaemonProcess.Get(cluster.Nodes[2].System).InitProxy("workers", Daemons, null);
        await ClusterOfThree.UntilAsync(() => board.Running.Count == Daemons, "all run", Patience.TotalSeconds);
        Assert.All(board.Running.Values, node => Assert.Equal("n0", node));

        var answers = new HashSet<int>();
        for (var i = 0; i < Daemons; i++) answers.Add(await proxy.Ask<int>("which", Patience));
        Assert.Equal(Enumerable.Range(0, Daemons), answers.Order());

        var starts = board.Starts;
        router.Tell("end");
        await ClusterOfThree.UntilAsync(() => board.Starts > starts && board.Running.Count == Daemons, "the one that ended runs again", Patience.TotalSeconds);
        Assert.Empty(board.Doubles);
        Assert.Empty(ClusterSharding.Get(cluster.Nodes[0].System).ShardTypeNames);
    }

    private static IActorRef Start(ClusterOfThree.Node node, Board board) => ShardedDaemonProcess.Get(node.System).Init(
        "workers", Daemons, index => Props.CreateBy(() => new Daemon(index, node.Name, board)));

    /// <summary>Which daemon believes to run, and where. A frozen node's daemons are taken off by their successors: the node cannot say so,
    /// it is muted long before.</summary>
    private sealed class Board
    {
        public ConcurrentDictionary<int, string> Running { get; } = new();

        public ConcurrentQueue<string> Doubles { get; } = [];

        public int Starts;

        public void Start(int index, string node)
        {
            Interlocked.Increment(ref Starts);
            Running.AddOrUpdate(index, node, (_, before) =>
            {
                if (before == node) Doubles.Enqueue($"{index} twice on {node}");
                return node;
            });
        }

        public void End(int index, string node) => Running.TryRemove(new KeyValuePair<int, string>(index, node));
    }

    private sealed class Daemon : ReceiveActor
    {
        private readonly (int Index, string Node, Board Board) _self;

        public Daemon(int index, string node, Board board)
        {
            _self = (index, node, board);
            Receive<string>(text => text == "which", _ => Sender.Tell(index));
            Receive<string>(text => text == "end", _ => Context.Stop(Self));
        }

        protected override void PreStart() => _self.Board.Start(_self.Index, _self.Node);

        protected override void PostStop() => _self.Board.End(_self.Index, _self.Node);
    }
}
