using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands about this node's signal channel.</summary>
/// <param name="faults">Remembers across lives of the process what fault injection has blocked.</param>
internal sealed class SignalCommands(Cluster.Cluster cluster, SignalFaults faults)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(1);

    public void AddTo(ManagementCommands commands)
    {
        commands
            .Add("signal show", "", "who is heard, since when, and what is believed of whom", async (_, token) =>
                SignalTables.Peers(await TableAsync(token).ConfigureAwait(false)))
            .Add("signal status", "", "lease, modules, timing and counters", async (_, token) =>
                SignalTables.Status(await TableAsync(token).ConfigureAwait(false)))
            .Add("signal block", "", "fault injection: all datagrams of this node are dropped", (_, token) => BlockAsync(true, token))
            .Add("signal unblock", "", "ends signal block", (_, token) => BlockAsync(false, token));
        AddSwitch(commands, "emitter", SignalModule.Emitter, "sends signals; off: the peers find this node lost");
        AddSwitch(commands, "detector", SignalModule.Detector, "listens to the others; off: this node suspects nobody");
        AddSwitch(commands, "switch", SignalModule.MuteSwitch, "mutes this node without a lease; off is dangerous");
    }

    private void AddSwitch(ManagementCommands commands, string word, SignalModule module, string description) =>
        commands.Add($"signal {word}", "<on|off>", description, (words, _) =>
        {
            var state = words["on|off"];
            if (state is not ("on" or "off"))
                throw new CommandRefusedException("bad-arguments", $"'{state}' is neither on nor off", $"usage: signal {word} on|off");
            cluster.Heartbeat.Tell(new SwitchSignalModule(module, state == "on"));
            return Task.FromResult<JsonNode>(CommandResult.Lines($"{word} {state} on {cluster.SelfKey.Name}"));
        });

    private async Task<JsonNode> BlockAsync(bool on, CancellationToken token)
    {
        if (!on) faults.IsBlocked = false; // Also for a node that is just beginning another life and has no channel yet.
        try
        {
            var answer = await cluster.Heartbeat.Ask<SignalsBlocked>(new BlockSignals(on), AnswerMax, token).ConfigureAwait(false);
            if (!answer.IsAllowed)
            {
                throw new CommandRefusedException(
                    "not-allowed", "fault injection is off on this node", "actor-runtime.cluster.signal.fault-injection = on allows it");
            }
        }
        catch (AskTimeoutException) when (!on)
        {
            return CommandResult.Lines($"{cluster.SelfKey.Name} has no signal channel yet; it will open without the block");
        }
        faults.IsBlocked = on;
        return CommandResult.Lines(on ? $"{cluster.SelfKey.Name} neither sends nor hears signals" : $"{cluster.SelfKey.Name} sends and hears");
    }

    private Task<SignalTable> TableAsync(CancellationToken token) => cluster.Heartbeat.Ask<SignalTable>(GetSignalTable.Instance, token);
}

/// <summary>Faults injected into the signal channel: they outlive the incarnation they hit, as a broken cable would.</summary>
internal sealed class SignalFaults
{
    private volatile bool _isBlocked;

    public bool IsBlocked
    {
        get => _isBlocked;
        set => _isBlocked = value;
    }
}
