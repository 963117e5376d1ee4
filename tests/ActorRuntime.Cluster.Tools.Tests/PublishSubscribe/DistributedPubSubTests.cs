using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Cluster.Tools.PublishSubscribe;

namespace ActorRuntime.Cluster.Tools.Tests.PublishSubscribe;

/// <summary>Publish/subscribe over three systems with real connections.</summary>
public sealed class DistributedPubSubTests
{
    private const double Patience = 60;
    private readonly ConcurrentQueue<(string Who, string Text)> _heard = [];

    [Fact, Trait("Requirement", "AR-3")]
    public async Task Topics_groups_and_paths_reach_actors_on_all_nodes()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => _ = Mediator(node));
        // The services last: what a node has registered reaches the others in this order.
        await SubscribeAsync(cluster.Nodes[0], "jobs", "auditors", "n0/auditor");
        foreach (var node in cluster.Nodes)
        {
            await SubscribeAsync(node, "news", null, $"{node.Name}/news");
            await SubscribeAsync(node, "jobs", "workers", $"{node.Name}/worker");
            Mediator(node).Tell(new Put(node.System.ActorOf(Props.CreateBy(() => new Listener($"{node.Name}/service", _heard)), "service")));
        }
        await UntilEverywhereAsync(cluster, text => new Publish("news", text), ["n0/news", "n1/news", "n2/news"]);
        await UntilEverywhereAsync(cluster, text => new SendToAll("/user/service", text), ["n0/service", "n1/service", "n2/service"]);

        _heard.Clear();
        foreach (var node in cluster.Nodes) Mediator(node).Tell(new Publish("jobs", "job", SendOneMessageToEachGroup: true));
        await UntilHeardAsync("job", 6);
        Assert.Equal(3, _heard.Count(entry => entry.Who == "n0/auditor"));
        Assert.Equal(3, _heard.Count(entry => entry.Who.EndsWith("/worker", StringComparison.Ordinal)));

        Mediator(cluster.Nodes[1]).Tell(new Send("/user/service", "near", LocalAffinity: true));
        Mediator(cluster.Nodes[1]).Tell(new SendToAll("/user/service", "others", ExcludeSelf: true));
        await UntilHeardAsync("near", 1);
        await UntilHeardAsync("others", 2);
        Assert.Equal(["n1/service"], Who("near"));
        Assert.Equal(["n0/service", "n2/service"], Who("others"));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public async Task What_a_lost_node_had_registered_is_gone_with_it()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => _ = Mediator(node));
        var (asked, lost) = (cluster.Nodes[0], cluster.Nodes[2]);
        await SubscribeAsync(lost, "only there", null, "n2/only");
        await SubscribeAsync(cluster.Nodes[1], "news", null, "n1/news");
        await UntilTopicsAsync(asked, ["news", "only there"]);
        await lost.FreezeAsync();
        await UntilTopicsAsync(asked, ["news"]);
        Mediator(asked).Tell(new Publish("news", "still"));
        await UntilHeardAsync("still", 1);
    }

    private static IActorRef Mediator(ClusterOfThree.Node node) => DistributedPubSub.Get(node.System).Mediator;

    private async Task SubscribeAsync(ClusterOfThree.Node node, string topic, string? group, string who)
    {
        var actor = node.System.ActorOf(Props.CreateBy(() => new Listener(who, _heard)));
        await Mediator(node).Ask<SubscribeAck>(new Subscribe(topic, actor, group), TimeSpan.FromSeconds(Patience));
    }

    /// <summary>Registrations reach the other nodes soon, not at once: each node sends until all of them have heard it.</summary>
    private async Task UntilEverywhereAsync(ClusterOfThree cluster, Func<string, object> message, string[] all)
    {
        foreach (var node in cluster.Nodes)
        {
            var end = DateTime.UtcNow.AddSeconds(Patience);
            for (var attempt = 1; ; attempt++)
            {
                var text = $"attempt {attempt} of {node.Name}"; // What one before reaches late does not count.
                Mediator(node).Tell(message(text));
                if (await HeardAsync(text, all.Length, 1)) break;
                Assert.True(DateTime.UtcNow < end, $"{text} reached only {string.Join(", ", Who(text))}");
            }
        }
    }

    private async Task<bool> HeardAsync(string text, int count, double seconds)
    {
        for (var end = DateTime.UtcNow.AddSeconds(seconds); DateTime.UtcNow < end; await Task.Delay(10))
            if (Who(text).Length == count) return true;
        return false;
    }

    private Task UntilHeardAsync(string text, int count) =>
        ClusterOfThree.UntilAsync(() => Who(text).Length == count, $"{text} was heard {count} times", Patience);

    private static async Task UntilTopicsAsync(ClusterOfThree.Node node, string[] topics)
    {
        string[] known = [];
        for (var end = DateTime.UtcNow.AddSeconds(Patience); DateTime.UtcNow < end; await Task.Delay(20))
        {
            var answer = await Mediator(node).Ask<CurrentTopics>(GetTopics.Instance, TimeSpan.FromSeconds(Patience));
            known = [.. answer.Topics.Order(StringComparer.Ordinal)];
            if (known.SequenceEqual(topics)) return;
        }
        Assert.Equal(topics, known);
    }

    private string[] Who(string text) => [.. _heard.Where(entry => entry.Text == text).Select(entry => entry.Who).Order(StringComparer.Ordinal)];

    private sealed class Listener : ReceiveActor
    {
        public Listener(string who, ConcurrentQueue<(string Who, string Text)> heard) => Receive<string>(text => heard.Enqueue((who, text)));
    }
}
