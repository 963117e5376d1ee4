using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Commands;
using ActorRuntime.Node.Hosting;
using ActorRuntime.Node.Processes;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Spectre.Console;

namespace ActorRuntime.Node.Demo;

/// <summary>The verb <c>demo</c> from its options to its exit code.</summary>
internal static class DemoProgram
{
    /// <summary>The data set that travels with the executable.</summary>
    private static string DefaultInput => Path.Combine(AppContext.BaseDirectory, "data", "machine_temperature.csv");

    public static async Task<int> RunAsync(DemoOptions options)
    {
        using var signals = new LeaveSignals();
        using var cancellation = new CancellationTokenSource();
        _ = signals.Requested.ContinueWith(_ => cancellation.Cancel(), TaskScheduler.Default);
        try
        {
            var input = InputFile.Scan(options.Validated().Input ?? DefaultInput, InputFile.LineBytesMax);
            return await RunAsync(options, input, signals.Requested, cancellation.Token).ConfigureAwait(false);
        }
        catch (OptionsException e)
        {
            foreach (var error in e.Errors) await Console.Error.WriteLineAsync(error).ConfigureAwait(false);
            await Console.Error.WriteLineAsync("demo --help lists all options").ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        catch (Exception e) when (e is DemoFailedException or IOException or UnauthorizedAccessException or JournalException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted; all nodes are ended").ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
    }

    private static async Task<int> RunAsync(
        DemoOptions options, InputFile input, Task<string> interrupted, CancellationToken cancellationToken)
    {
        using var directory = DemoDirectory.Create(options.Directory, options.Keep);
        var store = DemoStore.Create(directory.Path, options.ConnectionString);
        var rate = options.RateFor(input.Lines);
        await Console.Error.WriteLineAsync(
            $"{options.Nodes} nodes, {options.Flows} flows, {input.Lines:N0} lines ({input.Bytes:N0} bytes) of {input.Path} "
            + $"at {rate:N0} a second; fault: {options.FaultName}\ndirectory {directory.Path}").ConfigureAwait(false);

        var environment = new ProductionEnvironment();
        var controlLog = store.Options.OpenControlLog(environment);
        var journal = store.Options.OpenJournal(environment);
        await using (controlLog.ConfigureAwait(false))
        await using (journal.ConfigureAwait(false))
        {
            await controlLog.OpenAsync(cancellationToken).ConfigureAwait(false);
            await journal.OpenAsync(cancellationToken).ConfigureAwait(false);
            var plan = DemoNode.Plan(options.Nodes, directory, FreePorts.Find(options.Nodes * DemoNode.PortsPerNode));
            foreach (var node in plan)
            {
                var configuration = node.Configuration(options, input, rate, store);
                await File.WriteAllTextAsync(node.ConfigurationFile, configuration, cancellationToken).ConfigureAwait(false);
            }
            var report = await RunNodesAsync(options, input, plan, controlLog, journal, interrupted, cancellationToken)
                .ConfigureAwait(false);
            ReportTable.Write(AnsiConsole.Create(new() { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect }), report);
            if (options.Keep) PrintHowToLookAround(plan, directory, running: false);
            if (options.Json) await Console.Out.WriteLineAsync(ReportJson.Render(report)).ConfigureAwait(false);
            return report.Succeeded ? ExitCode.Success : ExitCode.Failed;
        }
    }

    private static async Task<DemoReport> RunNodesAsync(
        DemoOptions options, InputFile input, IReadOnlyList<DemoNode> plan, IControlLogStore controlLog, IJournal journal,
        Task<string> interrupted, CancellationToken cancellationToken)
    {
        using var launcher = new NodeLauncher();
        var nodes = new DemoNodes(launcher, plan);
        var view = ProgressView.Create();
        var log = new LogFollower(controlLog);
        var journals = new FlowJournals(journal, flow => FlowUnits.PersistenceId(FlowUnits.Receiver(flow)));
        var run = new DemoRun(options, input, nodes, log, journals, view);
        IReadOnlyList<NodeReport> ends = [];
        await using (nodes.ConfigureAwait(false))
        {
            await view.RunAsync(async () =>
            {
                await nodes.StartAllAsync().ConfigureAwait(false);
                await run.StreamAsync(cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            if (options.Hold)
            {
                PrintHowToLookAround(plan, null, running: true);
                await interrupted.ConfigureAwait(false);
            }
            ends = await run.StopAsync(options.Hold ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        }
        return await new Evaluation(options, input, journals, log.History, ReceiverNode)
            .RunAsync(run.Fault, ends, options.Hold ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The node that leads the shard of a flow's receiver unit.</summary>
    internal static NodeKey? ReceiverNode(ClusterView view, FlowState flow) => ClusterTables.LeaderOf(
        view, flow.Receiver.Type, HashCodeMessageExtractor.Create(FlowUnits.ReceiverShards, _ => null).ShardId(flow.Receiver.Id));

    private static void PrintHowToLookAround(IReadOnlyList<DemoNode> plan, DemoDirectory? directory, bool running)
    {
        const string arctl = "dotnet run -c Release --project src/ActorRuntime.Cmd --";
        if (directory is not null)
        {
            Console.Error.WriteLine($"kept in {directory.Path}: configurations, logs, control log and journal. Start the nodes again with");
            foreach (var node in plan)
                Console.Error.WriteLine($"  dotnet run -c Release --project src/ActorRuntime.Node -- --config {node.ConfigurationFile}");
        }
        Console.Error.WriteLine(running ? "the nodes stay up until Ctrl-C; look around with" : "and look around with");
        foreach (var words in (string[])["cluster show", "flow list", "signal show", "why", "log show"])
            Console.Error.WriteLine($"  {arctl} 127.0.0.1:{plan[0].ManagementPort} {words}");
    }
}
