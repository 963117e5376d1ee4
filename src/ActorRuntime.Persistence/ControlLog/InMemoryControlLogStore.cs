namespace ActorRuntime.Persistence.ControlLog;

/// <summary>One system's access to an <see cref="InMemoryControlLog"/>, with the faults a real store has.</summary>
/// <remarks>Every call is answered before it returns, so that a simulation stays in one thread; delays are the caller's to add.</remarks>
public sealed class InMemoryControlLogStore(InMemoryControlLog log) : IControlLogStore
{
    private readonly Lock _lock = new();
    private readonly Queue<AppendFault> _faults = [];

    /// <summary>True: every call fails with <see cref="StoreUnreachableException"/>, for this system alone.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>Lets a coming append, after those already named here, end in <see cref="AppendOutcome.Unknown"/>.</summary>
    public void FailNextAppend(AppendFault fault)
    {
        lock (_lock) _faults.Enqueue(fault);
    }

    /// <inheritdoc/>
    public ValueTask<ControlLogIdentity> OpenAsync(CancellationToken cancellationToken) => Answer(() => log.Identity, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken) => Answer(() => log.Head, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ControlLogRow>> ReadAsync(long fromVersion, int maxRows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        return Answer(() => log.Read(fromVersion, maxRows), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ControlLogBase> ReadBaseAsync(long known, CancellationToken cancellationToken) =>
        Answer(() => log.ReadBase(known), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(ControlLogAppend append, CancellationToken cancellationToken)
    {
        append.ThrowIfInvalid();
        return Answer(() => Append(append), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RenewWitnessAsync(string node, ulong incarnation, CancellationToken cancellationToken) =>
        Answer(() => log.Renew(node, incarnation), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WitnessRow>> ReadWitnessesAsync(CancellationToken cancellationToken) =>
        Answer(log.Witnesses, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private AppendOutcome Append(ControlLogAppend append)
    {
        AppendFault fault;
        lock (_lock)
        {
            if (!_faults.TryDequeue(out fault)) return log.Append(append);
        }
        if (fault == AppendFault.Applied) log.Append(append);
        if (fault == AppendFault.AppliedLate) log.HoldBack(append);
        return AppendOutcome.Unknown;
    }

    private ValueTask<T> Answer<T>(Func<T> call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<T>(cancellationToken);
        if (IsUnreachable) return ValueTask.FromException<T>(new StoreUnreachableException("in-memory control log: made unreachable"));
        return ValueTask.FromResult(call());
    }
}

/// <summary>What really becomes of an append whose proposer is told "unknown" (SAFETY 1A-2).</summary>
public enum AppendFault
{
    /// <summary>It is applied, or in conflict, at once.</summary>
    Applied,

    /// <summary>It never arrives.</summary>
    Lost,

    /// <summary>It arrives when <see cref="InMemoryControlLog.DeliverLate"/> is called.</summary>
    AppliedLate,
}
