using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Simulation.Stores;

/// <summary>One process's access to the cluster's control log.</summary>
/// <param name="log">Shared by all nodes.</param>
/// <param name="logLine">For the log.</param>
/// <param name="witnessLine">For the witness rows: the two never wait for each other.</param>
internal class SimulatedControlLogStore(InMemoryControlLog log, StoreLine logLine, StoreLine witnessLine) : IControlLogStore
{
    // Answers before it returns.
    private readonly InMemoryControlLogStore _store = new(log);

    public ValueTask<ControlLogIdentity> OpenAsync(CancellationToken cancellationToken) => new(logLine.Call(() => log.Identity, cancellationToken));

    public ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken) => new(logLine.Call(() => log.Head, cancellationToken));

    public ValueTask<IReadOnlyList<ControlLogRow>> ReadAsync(long fromVersion, int maxRows, CancellationToken cancellationToken) =>
        new(logLine.Call(() => Read(fromVersion, maxRows), cancellationToken));

    public ValueTask<ControlLogBase> ReadBaseAsync(long known, CancellationToken cancellationToken) =>
        new(logLine.Call(() => Now(_store.ReadBaseAsync(known, default)), cancellationToken));

    public ValueTask<AppendOutcome> AppendAsync(ControlLogAppend append, CancellationToken cancellationToken)
    {
        append.ThrowIfInvalid();
        return new(logLine.Write(() => Append(append), () => Unanswered(append), cancellationToken));
    }

    public ValueTask<bool> RenewWitnessAsync(string node, ulong incarnation, CancellationToken cancellationToken) =>
        new(witnessLine.Call(() => Now(_store.RenewWitnessAsync(node, incarnation, default)), cancellationToken));

    public ValueTask<IReadOnlyList<WitnessRow>> ReadWitnessesAsync(CancellationToken cancellationToken) =>
        new(witnessLine.Call(() => Now(_store.ReadWitnessesAsync(default)), cancellationToken));

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _store.DisposeAsync();
    }

    /// <summary>At the store: all or nothing, on that head only.</summary>
    protected virtual AppendOutcome Append(ControlLogAppend append) => Now(_store.AppendAsync(append, default));

    /// <summary>What the caller is told whose append got no answer in time.</summary>
    protected virtual AppendOutcome Unanswered(ControlLogAppend append) => AppendOutcome.Unknown;

    /// <summary>At the store.</summary>
    protected virtual IReadOnlyList<ControlLogRow> Read(long fromVersion, int maxRows) => Now(_store.ReadAsync(fromVersion, maxRows, default));

    protected static T Now<T>(ValueTask<T> answered) =>
        answered.IsCompleted ? answered.GetAwaiter().GetResult() : throw new InvalidOperationException("the store in memory answers before it returns");
}
