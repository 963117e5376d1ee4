using System.Collections.Concurrent;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal's only writer in this process: commits what has queued up in one transaction (group commit).</summary>
/// <remarks>
/// A lone append is committed at once; while that transaction is flushed the next ones queue up and share the next flush.
/// A watch fails what is overdue, also when the worker itself hangs in the kernel. A commit of unknown outcome is settled by reading back, under
/// the write lock, before anything else is written or read; if its callers' time is up before, whoever comes next settles it.
/// Benchmark: <c>persist</c>.
/// </remarks>
internal sealed class JournalWriter : IAsyncDisposable
{
    private readonly IJournalDatabase _database;
    private readonly SqlJournalOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly IWorker _worker;
    private readonly ITimer _watch;
    private readonly ConcurrentQueue<JournalOperation> _queue = new();
    private readonly List<AppendOperation> _group = []; // The worker's alone.
    private IJournalConnection? _connection; // The worker's alone.
    private UnsettledCommit? _unsettled; // The worker's alone.
    private volatile JournalOperation[] _started = [];
    private volatile bool _isSettled = true;
    private volatile bool _isFlushed = true;
    private volatile bool _disposed;
    private int _isScheduled;
    private int _queuedEvents;

    /// <param name="database">Not owned.</param>
    public JournalWriter(IJournalDatabase database, SqlJournalOptions options, RuntimeEnvironment environment)
    {
        (_database, _options, _environment) = (database, options, environment);
        _worker = environment.StartWorker("journal-write");
        var period = TimeSpan.FromTicks(Math.Max(options.WriteTimeout.Ticks / 8, TimeSpan.TicksPerMillisecond * 10));
        _watch = environment.Time.CreateTimer(static state => ((JournalWriter)state!).FailOverdue(), this, period, period);
    }

    /// <summary>True while something is queued, under way or not settled: who wants to read what is stored has to queue up.</summary>
    public bool IsBusy => Volatile.Read(ref _isScheduled) == 1 || !_isSettled || !_isFlushed;

    public Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        if (Interlocked.Add(ref _queuedEvents, events.Count) > _options.QueuedEventsMax)
        {
            Interlocked.Add(ref _queuedEvents, -events.Count);
            return Task.FromException(new JournalException(
                $"{_database.Name}: more than {_options.QueuedEventsMax} events wait to be written (queued-events-max); nothing was written"));
        }
        var append = new AppendOperation(events, _environment.Now + _options.WriteTimeout);
        Enqueue(append);
        return append.Task;
    }

    /// <summary>Runs <paramref name="call"/> after everything queued before.</summary>
    public Task<T> RunAsync<T>(Func<IJournalConnection, T> call)
    {
        var operation = new CallOperation<T>(call, _environment.Now + _options.WriteTimeout);
        Enqueue(operation);
        return operation.Task;
    }

    /// <summary>What is queued is still written, within its time-outs; no more is taken.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _worker.Post(() =>
        {
            Drain();
            CloseConnection();
            closed.SetResult();
        });
        _worker.Dispose();
        try
        {
            await closed.Task.WaitAsync(_options.WriteTimeout, _environment.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The disk hangs; the watch has answered the callers, and the thread ends with the process.
        }
        await _watch.DisposeAsync().ConfigureAwait(false);
    }

    private void Enqueue(JournalOperation operation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _queue.Enqueue(operation);
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0) _worker.Post(Drain);
    }

    private void Drain()
    {
        do
        {
            while (TryStart(out var call))
            {
                if (call is not null) Perform(call);
                else if (_group.Count > 0) Perform(_group);
                _started = [];
            }
            // A full fence: a plain write could still be under way when the queue is looked at, and an append queued meanwhile would wait for ever.
            Interlocked.Exchange(ref _isScheduled, 0);
        }
        while (!_queue.IsEmpty && Interlocked.Exchange(ref _isScheduled, 1) == 0);
    }

    /// <summary>Takes the next call, or as many appends as fit into a transaction.</summary>
    private bool TryStart(out CallOperation? call)
    {
        call = null;
        _group.Clear();
        var (isAny, events) = (false, 0);
        while (events < _options.CommitEventsMax && _queue.TryPeek(out var next) && !(next is CallOperation && _group.Count > 0))
        {
            _queue.TryDequeue(out _);
            isAny = true;
            if (next is AppendOperation queued) Interlocked.Add(ref _queuedEvents, -queued.Events.Count);
            if (!next.TryClaim()) continue;
            if (next is AppendOperation append)
            {
                _group.Add(append);
                events += append.Events.Count;
                continue;
            }
            call = (CallOperation)next;
            break;
        }
        _started = call is null ? [.. _group] : [call];
        return isAny;
    }

    private void Perform(CallOperation call)
    {
        try
        {
            Insist(call.Deadline, () =>
            {
                Settle();
                call.Run(Connection());
            });
        }
        catch (Exception e) when (e is IOException)
        {
            call.Fail(e);
        }
    }

    private void Perform(List<AppendOperation> group)
    {
        try
        {
            Write(group);
            foreach (var append in group) append.Complete();
        }
        catch (Exception e) when (e is IOException)
        {
            foreach (var append in group) append.Fail(e);
        }
    }

    private void Write(List<AppendOperation> group)
    {
        var (isTried, isWritten) = (false, false);
        // The oldest decides how long to insist: the others' time is not up before.
        Insist(group[0].Deadline, () =>
        {
            var isSettledAsStored = Settle();
            isWritten |= isTried && isSettledAsStored;
            isTried = false;
            if (isWritten) return;
            try
            {
                isWritten = true;
                if (!Connection().Write(group)) return;
            }
            catch (Exception e)
            {
                isWritten = false;
                if (e is not UnknownCommitException { Commit: { } commit }) throw;
                (_unsettled, _isSettled, isTried) = (commit, false, true);
                throw;
            }
            Connection().Flush();
        }, () => isTried ? "it is unknown whether the events were written" : isWritten ? "the events are written but not known to be durable" : null);
    }

    /// <summary>Clears up what an earlier write left open; nothing is written before that.</summary>
    /// <returns>True when it left a commit open that turned out to have happened.</returns>
    private bool Settle()
    {
        if (!_isFlushed)
        {
            Connection().MendFlush();
            _isFlushed = true;
        }
        if (_unsettled is not { } commit) return false;
        var isStored = Connection().Settle(commit);
        (_unsettled, _isSettled) = (null, true);
        return isStored;
    }

    /// <summary>Repeats <paramref name="attempt"/> while the file is busy or a commit came to nothing, until the deadline.</summary>
    /// <param name="deadline">Of the oldest caller.</param>
    /// <param name="attempt">May be repeated after any failure.</param>
    /// <param name="outcome">What became of it, if it has to be given up; null: nothing.</param>
    /// <exception cref="JournalException">Not done, or unknown.</exception>
    private void Insist(Util.MonotonicTime deadline, Action attempt, Func<string?>? outcome = null)
    {
        while (true)
        {
            try
            {
                attempt();
                return;
            }
            catch (DatabaseFailureException e) when (e.IsBusy)
            {
                if (_environment.Now >= deadline) throw Failure(e, outcome?.Invoke());
            }
            catch (Exception e) when (IsPassing(e))
            {
                if (e is FlushFailedException) _isFlushed = false;
                CloseConnection();
                if (_environment.Now >= deadline) throw Failure(e, outcome?.Invoke());
                if (_database.RetryDelay > TimeSpan.Zero) Task.Delay(_database.RetryDelay, _environment.Time).GetAwaiter().GetResult();
            }
            catch (DatabaseFailureException e)
            {
                CloseConnection();
                throw Failure(e, outcome?.Invoke());
            }
            catch (StoreRefusedException e)
            {
                throw Failure(e, outcome?.Invoke());
            }
        }
    }

    private static bool IsPassing(Exception e) =>
        e is StoreUnreachableException or UnknownCommitException or FlushFailedException or DatabaseFailureException { IsPassing: true };

    private JournalException Failure(Exception cause, string? outcome)
    {
        if (cause is DatabaseFailureException failure) cause = failure.Translate(_database.Name, "write events");
        var tried = $"Tried for {_options.WriteTimeout.TotalSeconds:0.#} s at most (write-timeout)";
        var open = outcome is null && !(_isSettled && _isFlushed) ? "; an earlier write is not settled yet" : "";
        return new JournalException($"{cause.Message}. {tried}, {outcome ?? "not written"}{open}", cause);
    }

    private IJournalConnection Connection() => _connection ??= _database.OpenWriter();

    private void CloseConnection()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private void FailOverdue()
    {
        var now = _environment.Now;
        // A started one may still be written: the caller has to read back. A waiting one never will.
        foreach (var started in _started)
        {
            if (now >= started.Deadline + _options.AttemptTimeout) started.Fail(Overdue("it is unknown whether it was written"));
        }
        foreach (var waiting in _queue)
        {
            if (now < waiting.Deadline) break;
            if (waiting.TryClaim()) waiting.Fail(Overdue("it was not written"));
        }
    }

    private JournalException Overdue(string outcome) => new(
        $"{_database.Name}: the store gave no answer within {_options.WriteTimeout.TotalSeconds:0.#} s (write-timeout); {outcome}");
}
