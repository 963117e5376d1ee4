using System.Buffers.Binary;
using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Workloads;

/// <summary>A flow of the numbers 0, 1, 2 …: what is lost, doubled or out of order shows at once.</summary>
internal sealed class NumberFlow(SimulatedCluster cluster, string name, int senders, long count, int itemsPerSecond)
{
    private const string SourceName = "sim-numbers";
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Name of the flow.</summary>
    public string Name { get; } = name;

    /// <summary>Items in all.</summary>
    public long Count { get; } = count;

    /// <summary>On every node: the source, and the units.</summary>
    public static void Host(SimulatedNode node, Func<UnitId, NumberReceiver> makeReceiver)
    {
        var flows = Flows.Get(node.System);
        var faults = node.System.Settings.Setup.Get<Actor.Setup.EnvironmentSetup>().Value.Environment.Random("flow source");
        flows.RegisterSource(SourceName, context => new Numbers(long.Parse(context.Settings.SourceSettings["count"], System.Globalization.CultureInfo.InvariantCulture), faults));
        ClusterSharding.Get(node.System).Start(
            NumberReceiver.Type, id => Props.CreateBy(() => makeReceiver(new UnitId(NumberReceiver.Type, id))),
            ClusterShardingSettings.Create(node.System).WithPassivateIdleAfter(TimeSpan.Zero), ObjectUnits.Extractor);
        flows.Start();
    }

    /// <summary>Defines the flow through some node, again and again until it stands in the view.</summary>
    public void Define()
    {
        var node = cluster.Nodes.FirstOrDefault(static node => node.IsUp);
        if (node?.Cluster.View.Flows.ContainsKey(Name) == true) return;
        if (node?.Cluster.View.Types.ContainsKey(FlowUnits.SenderType) == true && node.Cluster.View.Types.ContainsKey(NumberReceiver.Type))
        {
            var settings = new FlowSettings { Source = SourceName, ItemsPerSecond = itemsPerSecond };
            settings = settings with { SourceSettings = settings.SourceSettings.Add("count", Count.ToString(System.Globalization.CultureInfo.InvariantCulture)) };
            node.Run(n => Flows.Get(n.System).DefineAsync(
                Name, new UnitId(NumberReceiver.Type, Name), [.. Enumerable.Range(0, senders).Select(index => FlowUnits.Sender(Name, index))], FailbackPolicy.Automatic, settings).ContinueWith(
                static refused => refused.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
        }
        cluster.After(TryAgain, Define);
    }

    /// <summary>What its senders say of themselves, for explanations; time passes.</summary>
    public string AskSenders()
    {
        Task<ImmutableArray<SenderReport?>>? asked = null;
        cluster.Nodes.FirstOrDefault(static node => node.IsUp)?.Run(node => asked = Flows.Get(node.System).SendersAsync(Name, TimeSpan.FromSeconds(2)));
        cluster.RunUntil(() => asked is { IsCompleted: true }, TimeSpan.FromSeconds(5));
        return asked is { IsCompletedSuccessfully: true } ? $" ({string.Join("; ", asked.Result.Select(static report => report?.ToString() ?? "no answer"))})" : " (nobody to ask)";
    }

    private sealed class Numbers(long count, Prng faults) : IFlowSource
    {
        private const int ErrorPercent = 2;

        public ValueTask<FlowRead> ReadAsync(long offset, int itemsMax, int bytesMax, CancellationToken cancellationToken)
        {
            if (faults.Chance(ErrorPercent)) return ValueTask.FromException<FlowRead>(new FlowSourceException("the source cannot be read (injected); it is asked again"));
            var items = new List<FlowItem>();
            var next = offset;
            for (; next < count && items.Count < itemsMax && items.Count * sizeof(long) < bytesMax; next++)
            {
                var bytes = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, next);
                items.Add(new FlowItem(next, bytes));
            }
            return ValueTask.FromResult(new FlowRead(items, next, next == count));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
