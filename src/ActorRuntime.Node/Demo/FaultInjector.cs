using System.Text.Json;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Management;
using ActorRuntime.Node.Processes;

namespace ActorRuntime.Node.Demo;

/// <summary>Does to node processes what the script says.</summary>
internal sealed class FaultInjector(DemoOptions options, DemoNodes nodes)
{
    private const int UnblockAttempts = 50;
    private static readonly TimeSpan UnblockAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Carries a step out on the node of the victim.</summary>
    /// <returns>What was done, for the eye.</returns>
    /// <exception cref="IOException">The node's management port refused or did not answer.</exception>
    public async Task<string> CarryOutAsync(FaultStep step, NodeKey victim, CancellationToken cancellationToken)
    {
        var process = nodes.Process(victim.Name);
        switch (step)
        {
            case FaultStep.Restart:
                await nodes.StartAsync(victim.Name).ConfigureAwait(false);
                return $"{victim.Name} started again, pid {nodes.Process(victim.Name).Id}";
            case FaultStep.Heal when options.Fault == Fault.Freeze:
                process.Send(ProcessSignal.Continue);
                return $"SIGCONT {victim.Name}: it wakes as a zombie";
            case FaultStep.Heal:
                await UnblockAsync(victim, cancellationToken).ConfigureAwait(false);
                return $"signal channel of {victim.Name} opened again";
        }
        switch (options.Fault)
        {
            case Fault.Kill or Fault.Orchestrator:
                process.Send(ProcessSignal.Kill);
                return $"kill -9 {victim.Name}, pid {process.Id}";
            case Fault.Freeze:
                process.Send(ProcessSignal.Stop);
                return $"SIGSTOP {victim.Name}, pid {process.Id}, for {options.FaultDuration.TotalSeconds:0.#} s";
            case Fault.Stop:
                process.Send(ProcessSignal.Terminate);
                return $"SIGTERM {victim.Name}, pid {process.Id}: it leaves in order";
            default:
                await SignalsAsync(victim, "block", cancellationToken).ConfigureAwait(false);
                return $"signal channel of {victim.Name} cut for {options.FaultDuration.TotalSeconds:0.#} s; its data channel stays open";
        }
    }

    /// <summary>The node may just be between two lives, its management port closed for a moment.</summary>
    private async Task UnblockAsync(NodeKey victim, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SignalsAsync(victim, "unblock", cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (IOException) when (attempt < UnblockAttempts)
            {
                await Task.Delay(UnblockAgain, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<JsonElement> SignalsAsync(NodeKey victim, string verb, CancellationToken cancellationToken) =>
        ManagementCall.SendAsync(nodes.Find(victim.Name).ManagementPort, ["signal", verb], cancellationToken);
}
