using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>True time, and all that will happen: one thread, one order per seed.</summary>
/// <remarks>
/// Among what is ready at one instant the seed picks, so that every order the executor's contract allows is met sooner or later. Time moves only when nothing is ready.
/// Times are in ticks of 100 ns since the start of the run.
/// </remarks>
internal sealed class Agenda(ulong seed)
{
    /// <summary>Steps at one instant after which a run is said to be in an endless loop.</summary>
    public const int StepsPerInstantMax = 2_000_000;

    private readonly PriorityQueue<Happening, (long Due, long Sequence)> _future = new();
    private readonly List<Work> _ready = [];
    private readonly Prng _order = new(seed ^ 0x0A6E_0DA5);
    private long _sequence;
    private int _stepsAtInstant;
    private int _thread = Environment.CurrentManagedThreadId;

    /// <summary>True time: no node can read it.</summary>
    public long Now { get; private set; }

    /// <summary>Everything that ran.</summary>
    public long Steps { get; private set; }

    /// <summary>Fingerprint of the whole history up to now.</summary>
    public TraceDigest Digest { get; } = new();

    /// <summary>Lets something happen at a time; what is due at the same time happens in the order it was put in.</summary>
    public void At(long due, Happening happening)
    {
        ThrowIfEscaped();
        _future.Enqueue(happening, (Math.Max(due, Now), _sequence++));
    }

    /// <summary>Something runs at this instant, in an order the seed picks.</summary>
    public void Ready(SimulatedProcess process, IThreadPoolWorkItem item)
    {
        ThrowIfEscaped();
        _ready.Add(new Work(process, item));
    }

    /// <summary>The calling thread runs the world from now on.</summary>
    public void Enter() => _thread = Environment.CurrentManagedThreadId;

    /// <summary>Runs one thing, or moves to the next time at which something happens.</summary>
    /// <returns>False when there is nothing left to do up to <paramref name="until"/>, which is the time then.</returns>
    public bool Step(long until)
    {
        if (_ready.Count > 0)
        {
            if (++_stepsAtInstant > StepsPerInstantMax) throw new EndlessLoopException(Now, _ready[0].Item);
            var index = _ready.Count == 1 ? 0 : (int)(_order.Next() % (ulong)_ready.Count);
            var work = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            Steps++;
            work.Process.Run(work.Item);
            return true;
        }
        if (!_future.TryPeek(out var happening, out var when) || when.Due > until)
        {
            Now = Math.Max(Now, until);
            return false;
        }
        _future.Dequeue();
        if (when.Due > Now) (Now, _stepsAtInstant) = (when.Due, 0);
        Steps++;
        happening.Happen();
        return true;
    }

    /// <summary>A continuation that left for the thread pool would come back whenever it likes: no seed could repeat that.</summary>
    private void ThrowIfEscaped()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("work left the simulator's thread: something used the thread pool, a thread or real time instead of the RuntimeEnvironment");
    }

    private readonly record struct Work(SimulatedProcess Process, IThreadPoolWorkItem Item);
}

/// <summary>Something that happens at a time.</summary>
internal abstract class Happening
{
    /// <summary>In the world, not in a process: what concerns a process is handed to it.</summary>
    public abstract void Happen();
}

/// <summary>Something queues work for ever without time passing.</summary>
internal sealed class EndlessLoopException(long now, object item)
    : Exception($"at {TimeSpan.FromTicks(now)} more than {Agenda.StepsPerInstantMax} steps without time passing, now {item.GetType().Name}: something tells itself for ever");
