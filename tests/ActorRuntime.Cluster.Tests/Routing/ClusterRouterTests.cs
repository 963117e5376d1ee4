using System.Diagnostics;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Routing;
using ActorRuntime.Cluster.Tests.Membership;
using ActorRuntime.Routing;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Routing;

/// <summary>Routers over the nodes of a cluster: who answers is who is a routee.</summary>
[Trait("Requirement", "AR-3")]
public sealed class ClusterRouterTests
{
    [Fact]
    public async Task A_group_follows_the_members()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        foreach (var node in nodes) StartWorker(node);
        var group = new ClusterRouterGroup(new RoundRobinGroup("/user/unused"), new ClusterRouterGroupSettings(100, ["/user/worker"], allowLocalRoutees: true));
        var router = nodes[0].System.ActorOf(group.Props(), "router");
        await UntilAsync(router, ["a worker", "b worker", "c worker"]);

        await nodes[1].AbortAsync();
        await UntilAsync(router, ["a worker", "c worker"]);
        StartWorker((await cluster.StartUpAsync("d"))[0]);
        await UntilAsync(router, ["a worker", "c worker", "d worker"]);
    }

    [Fact]
    public async Task A_group_without_local_routees_sends_none_to_its_own_node()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b");
        foreach (var node in nodes) StartWorker(node);
        var group = new ClusterRouterGroup(new RandomGroup("/user/unused"), new ClusterRouterGroupSettings(1, ["/user/worker"], allowLocalRoutees: false));
        await UntilAsync(nodes[0].System.ActorOf(group.Props(), "router"), ["b worker"]);
    }

    [Fact]
    public async Task A_pool_has_its_routees_on_all_nodes_and_makes_up_for_those_lost()
    {
        await using var cluster = new TestCluster();
        var nodes = await cluster.StartUpAsync("a", "b", "c");
        var pool = new ClusterRouterPool(new RoundRobinPool(1), new ClusterRouterPoolSettings(5, 3, allowLocalRoutees: true));
        var routers = nodes.Select(node => node.System.ActorOf(pool.Props(Props.CreateBy(() => new Worker(node.Key.Name))), "pool")).ToArray();
        foreach (var router in routers) await UntilAsync(router, ["a 0", "a 1", "b 0", "b 1", "c 0"]);

        await nodes[2].AbortAsync();
        foreach (var router in routers[..2]) await UntilAsync(router, ["a 0", "a 1", "a 2", "b 0", "b 1"]);
        routers[0].Tell(new Broadcast("end"));
        await UntilAsync(routers[1], ["a 0", "a 1", "a 2", "b 0", "b 1"], again: true);
    }

    private static void StartWorker(TestNode node) => node.System.ActorOf(Props.CreateBy(() => new Worker(node.Key.Name)), "worker");

    /// <summary>Asks each routee in turn until exactly these answer.</summary>
    private static async Task UntilAsync(IActorRef router, string[] expected, bool again = false)
    {
        string[] answered = [];
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < TestNode.Patience; await Task.Delay(20))
        {
            var routees = await router.Ask<Routees>(new GetRoutees(), TestNode.Patience);
            var asked = routees.Members.Select(routee => AskAsync(router)).ToArray();
            answered = [.. (await Task.WhenAll(asked)).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
            if (answered.SequenceEqual(expected)) return;
        }
        Assert.Fail($"expected {string.Join(", ", expected)}{(again ? " again" : "")}; last answered {string.Join(", ", answered)}");
    }

    /// <summary>Null when nobody answers: a routee that is lost, or is not there yet.</summary>
    private static async Task<string?> AskAsync(IActorRef router)
    {
        var answer = router.Ask<string>("who", TimeSpan.FromSeconds(2));
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return answer.IsCompletedSuccessfully ? await answer : null;
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker(string node)
        {
            var name = $"{node} {Self.Path.Name}";
            Receive<string>(text =>
            {
                if (text == "end") Context.Stop(Self);
                else Sender.Tell(name);
            });
        }
    }
}
