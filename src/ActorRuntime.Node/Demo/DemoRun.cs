using System.Diagnostics;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Node.Demo;

/// <summary>Streams the input through running nodes, with the fault in between, and stops the nodes.</summary>
internal sealed class DemoRun(
    DemoOptions options, InputFile input, DemoNodes nodes, LogFollower log, FlowJournals journals, ProgressView view)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly FaultScript _script = new(options, input.Lines);
    private readonly FaultInjector _injector = new(options, nodes);
    private readonly string[] _flows = [.. Enumerable.Range(0, options.Flows).Select(DemoNode.FlowName)];
    private (long Items, TimeSpan At) _news;

    /// <summary>The fault, once it struck.</summary>
    public StruckFault? Fault { get; private set; }

    /// <summary>Returns when the input is through and the fault's aftermath is over, or when nothing moves any more.</summary>
    /// <exception cref="DemoFailedException">A node ended by itself.</exception>
    public async Task StreamAsync(CancellationToken cancellationToken)
    {
        var items = 0L;
        while (true)
        {
            await ReadLogAsync(cancellationToken).ConfigureAwait(false);
            (items, var completed) = await CountAsync(items, cancellationToken).ConfigureAwait(false);
            view.Show(DemoProgress.Of(_clock.Elapsed, items, input.Lines, log.History.View, nodes.Nodes.Select(node => node.Name)));
            await ActAsync(items, cancellationToken).ConfigureAwait(false);
            ThrowIfOneEnded();
            if (completed && _script.IsOver(log.History.View)) return;
            if (HasStalled(items)) return;
            await Task.Delay(LookEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops the nodes in order and reads the rest of the log.</summary>
    public async Task<IReadOnlyList<NodeReport>> StopAsync(CancellationToken cancellationToken)
    {
        view.Tell(_clock.Elapsed, "nodes leave in order");
        var reports = await nodes.StopInOrderAsync(Incarnations, cancellationToken).ConfigureAwait(false);
        await ReadLogAsync(cancellationToken).ConfigureAwait(false);
        return reports;
    }

    private int Incarnations(string name) => log.History.Entries.Sum(row =>
        row.Entry.Changes.Count(change => change is ControlChange.NodeJoined joined && joined.Node.Key.Name == name));

    private async Task ReadLogAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var row in await log.CatchUpAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!row.Entry.Changes.All(IsHousekeeping)) view.Tell(_clock.Elapsed, $"log {row.Entry.Version}: {row.Entry.Why}");
            }
        }
        catch (StoreUnreachableException e)
        {
            view.Tell(_clock.Elapsed, e.Message);
        }
    }

    /// <summary>What there is; as much as before while the store does not answer: if that lasts, the run has stalled.</summary>
    private async Task<(long Items, bool AllCompleted)> CountAsync(long before, CancellationToken cancellationToken)
    {
        try
        {
            return await journals.CountAsync(_flows, cancellationToken).ConfigureAwait(false);
        }
        catch (JournalException e)
        {
            view.Tell(_clock.Elapsed, e.Message);
            return (before, false);
        }
    }

    private static bool IsHousekeeping(ControlChange change) => change is ControlChange.ObserversChanged
        or ControlChange.ObserversRetired or ControlChange.ObserversWithdrawn or ControlChange.UnitTypeHosted or ControlChange.FlowDefined;

    private async Task ActAsync(long items, CancellationToken cancellationToken)
    {
        var hasEnded = _script.Victim is { } hit && nodes.Process(hit.Name).HasExited;
        if (_script.Next(_clock.Elapsed, items, log.History.View, hasEnded) is not { } step) return;
        var victim = _script.Victim!.Value;
        var at = DateTimeOffset.UtcNow;
        if (step is FaultStep.Inject) Fault = new(victim, at, items, log.History.View);
        try
        {
            view.Tell(_clock.Elapsed, await _injector.CarryOutAsync(step, victim, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException e)
        {
            throw new DemoFailedException($"The fault could not be injected: {e.Message}", e);
        }
    }

    private void ThrowIfOneEnded()
    {
        if (nodes.FindUnexpectedEnd(_script.Victim?.Name) is not { } process) return;
        throw new DemoFailedException(
            $"{process.Name} ended with exit code {process.ExitCode}. Its last lines ({nodes.Find(process.Name).LogFile}):\n{process.Tail}");
    }

    private bool HasStalled(long items)
    {
        if (items != _news.Items || _news.At == TimeSpan.Zero) _news = (items, _clock.Elapsed);
        if (_clock.Elapsed - _news.At < options.StallMax) return false;
        view.Tell(_clock.Elapsed, $"no new item for {options.StallMax.TotalSeconds:0} s, or the fault's aftermath does not end: giving up");
        foreach (var node in nodes.Nodes)
            view.Tell(_clock.Elapsed, $"last words of {node.Name}: {nodes.Process(node.Name).Tail.Split('\n')[^1]}");
        return true;
    }
}
