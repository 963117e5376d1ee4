using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Hosting;

/// <summary>Hosts sender and receiver units on this node, and defines the flows of the configuration.</summary>
internal sealed partial class FlowStarter(ActorSystem system, Cluster.Cluster cluster, NodeConfiguration configuration)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(50);
    private readonly ILogger _log = system.LoggerFactory.CreateLogger<FlowStarter>();

    /// <summary>Defines what the cluster does not know yet; every node may try, one succeeds. Tries again until the flows are
    /// there.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var flows = Flows.Get(system);
        flows.Start();
        while (HostsOfSenders() < configuration.Node.FlowsNeedNodes)
            await Task.Delay(TryAgain, system.Environment.Time, cancellationToken).ConfigureAwait(false);
        foreach (var definition in configuration.Node.Flows)
        {
            while (!cluster.View.Flows.ContainsKey(definition.Name))
            {
                try
                {
                    var settings = Settings(definition);
                    await flows.DefineAsync(definition.Name, definition.Senders, definition.Failback, settings, cancellationToken)
                        .ConfigureAwait(false);
                    LogDefined(definition.Name);
                }
                catch (FlowRefusedException e)
                {
                    // Another node was first, or the types are not hosted yet: the view says which.
                    LogNotYet(definition.Name, e.Message);
                    await Task.Delay(TryAgain, system.Environment.Time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private int HostsOfSenders() =>
        cluster.View.Types.GetValueOrDefault(FlowUnits.SenderType)?.Hosts.Count(cluster.View.IsAlive) ?? 0;

    private FlowSettings Settings(FlowDefinition definition)
    {
        var defaults = configuration.Sharding.Flow;
        return defaults with
        {
            Source = definition.Source,
            SourceSettings = definition.SourceSettings,
            ItemsPerSecond = definition.ItemsPerSecond ?? defaults.ItemsPerSecond,
        };
    }

    [LoggerMessage(EventId = 9011, Level = LogLevel.Information, Message = "Flow {Flow} defined")]
    private partial void LogDefined(string flow);

    [LoggerMessage(EventId = 9012, Level = LogLevel.Debug, Message = "Flow {Flow} not defined yet: {Why}")]
    private partial void LogNotYet(string flow, string why);
}
