using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Stores;

/// <summary>What becomes of the calls that processes make to a store, now.</summary>
internal sealed class StoreConditions
{
    /// <summary>Shortest and longest time of a call, both ways.</summary>
    public (TimeSpan Min, TimeSpan Max) Delay { get; set; } = (TimeSpan.FromTicks(2_000), TimeSpan.FromMilliseconds(3));

    /// <summary>Nobody reaches it.</summary>
    public bool IsDown { get; set; }

    /// <summary>Machines that do not reach it.</summary>
    public HashSet<int> CutOff { get; } = []; // Looked up only.

    /// <summary>Percentage of writes whose answer stays away: done, never done, or done later.</summary>
    public int UnknownPercent { get; set; }
}

/// <summary>What really becomes of a write whose caller hears nothing.</summary>
internal enum LostAnswer
{
    Done,
    NeverDone,
    DoneLater,
}

/// <summary>One process's way to a shared store: its calls are carried out in the order made, each after a while.</summary>
internal sealed class StoreLine(SimulatedWorld world, SimulatedProcess process, StoreConditions conditions, Prng random)
{
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(3);

    /// <summary>How long a caller waits for an answer that does not come.</summary>
    public static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(1);

    private long _performed;
    private long _answered;

    private bool IsReachable => !conditions.IsDown && !conditions.CutOff.Contains(process.Host.Index);

    /// <summary>A call that is carried out and answered, or fails with nothing done.</summary>
    /// <exception cref="StoreUnreachableException">By the task: nothing happened.</exception>
    public Task<T> Call<T>(Func<T> perform, CancellationToken cancellationToken = default)
    {
        var pending = new Pending<T>(process, cancellationToken);
        if (!IsReachable) FailLater(pending, static () => throw NoWay());
        else At(NextPerformance(), () =>
        {
            var answer = Result(perform);
            At(NextAnswer(), () => pending.Answer(answer));
        });
        return pending.Task;
    }

    /// <summary>A write: its answer may stay away.</summary>
    /// <param name="perform">Carried out once, or never.</param>
    /// <param name="unknown">What the caller is told then, after the time-out.</param>
    public Task<T> Write<T>(Func<T> perform, Func<T> unknown, CancellationToken cancellationToken = default)
    {
        if (!IsReachable || !random.Chance(conditions.UnknownPercent)) return Call(perform, cancellationToken);
        var pending = new Pending<T>(process, cancellationToken);
        var fate = (LostAnswer)(random.Next() % 3);
        var performed = NextPerformance();
        if (fate == LostAnswer.Done) At(performed, () => Result(perform));
        if (fate == LostAnswer.DoneLater) At(performed + random.Below(LateMax).Ticks, () => Result(perform));
        FailLater(pending, unknown);
        return pending.Task;
    }

    /// <summary>Something the process does later, if it still lives then.</summary>
    public void Later(TimeSpan wait, Action call) => At(world.Agenda.Now + wait.Ticks, () => process.Ready(new WorkItem(call)));

    private static Func<T> Result<T>(Func<T> perform)
    {
#pragma warning disable CA1031 // It belongs to the caller.
        try
        {
            var result = perform();
            return () => result;
        }
        catch (Exception e)
        {
            return () => throw e;
        }
#pragma warning restore CA1031
    }

    private static StoreUnreachableException NoWay() => new("the store does not answer (simulated)");

    private void FailLater<T>(Pending<T> pending, Func<T> answer) => At(Max(ref _answered, world.Agenda.Now + TimeOut.Ticks), () => pending.Answer(answer));


    private void At(long due, Action call) => world.Agenda.At(due, new Call(call));

    private long NextPerformance() => Max(ref _performed, world.Agenda.Now + HalfWay());

    private long NextAnswer() => Max(ref _answered, world.Agenda.Now + HalfWay());

    private long HalfWay() => (conditions.Delay.Min.Ticks + random.Below(conditions.Delay.Max - conditions.Delay.Min + TimeSpan.FromTicks(1)).Ticks) / 2;

    private static long Max(ref long last, long due) => last = Math.Max(last + 1, due);
}
