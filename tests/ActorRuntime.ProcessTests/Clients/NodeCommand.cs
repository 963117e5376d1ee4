using System.CommandLine;
using ActorRuntime.Actor;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Hosting;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>The verb <c>node</c>: the node process as it is shipped, with registers and counters to host, and clients that ask them. The
/// clients' record goes to standard output.</summary>
internal sealed class NodeCommand : Command
{
    private const int Clients = 3;
    private const long ValuesOfAClient = 1_000_000;

    /// <summary>Numbers of clients to leave to a process: each of its lives uses <see cref="Clients"/>.</summary>
    public const int NumbersOfAProcess = 1000;

    public const string Verb = "node", ConfigOption = "--config", FirstOption = "--first-client";

    private readonly Option<string> _config = new(ConfigOption) { Required = true };
    private readonly Option<int> _first = new(FirstOption) { Required = true };

    public NodeCommand() : base(Verb, "A node with clients, as the scenarios start it")
    {
        Hidden = true;
        Options.Add(_config);
        Options.Add(_first);
        SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(_config), parsed.GetRequiredValue(_first)));
    }

    private static Task<int> RunAsync(string config, int first)
    {
        var record = new ClientRecord(Console.OpenStandardOutput(), first);
        var started = 0;
        return RunProgram.RunAsync(new RunOptions(config, EndWithParent: true), Begin);

        void Begin(ActorSystem system)
        {
            ObjectUnits.Start(system);
            for (var i = 0; i < Clients; i++, started++)
            {
                var running = new Client(system, started, (first + started) * ValuesOfAClient, record).RunAsync();
                _ = running.ContinueWith(
                    ended => Environment.FailFast("A client met an exception it did not expect", ended.Exception), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
    }
}
