using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;
using static ActorRuntime.Simulation.Linearizability.LinearizabilityVerdict;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>Goal: the search accepts what it should and nothing else, in a bounded number of states. Method: histories of simulated objects,
/// honest ones and ones that answer wrongly at times; small ones are also put to the definition itself (<see cref="BruteForce"/>).</summary>
public sealed class LinearizabilityPropertyTests
{
    private const int Seeds = 400;

    [Fact]
    public void Histories_of_honest_registers_are_accepted() => AcceptsHonest(new RegisterModel(), DrawRegister);

    [Fact]
    public void Histories_of_honest_counters_are_accepted() => AcceptsHonest(new CounterModel(), DrawCounter);

    [Fact]
    public void Verdicts_on_registers_are_those_of_the_definition() => AgreesWithDefinition(new RegisterModel(), DrawRegister);

    [Fact]
    public void Verdicts_on_counters_are_those_of_the_definition() => AgreesWithDefinition(new CounterModel(), DrawCounter);

    [Fact]
    public void Order_of_a_violation_is_one_that_explains_all_that_ended_before()
    {
        var violations = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var history = Small(new RegisterModel(), DrawRegister, seed, wrongPercent: 40);
            if (LinearizabilityCheck.Run(history, new RegisterModel()).Violation is not { } violation) continue;

            violations++;
            var before = history.Calls.Where(c => c.Key == violation.Call.Key && c.Outcome == CallOutcome.Completed && c.Ended < violation.Call.Ended);
            Assert.Empty(before.Select(c => c.Number).Except(violation.Order.Select(c => c.Number)));
            var state = 0L;
            foreach (var call in violation.Order)
            {
                (state, var result) = new RegisterModel().Apply(state, call.Operation);
                if (call.Outcome == CallOutcome.Completed) Assert.Equal(call.Result, result);
                Assert.DoesNotContain(violation.Order.TakeWhile(c => c.Number != call.Number), earlier => IsBefore(call, earlier));
            }
        }
        Assert.InRange(violations, Seeds / 5, Seeds);

        static bool IsBefore(Call<RegisterOperation, RegisterResult> one, Call<RegisterOperation, RegisterResult> other) =>
            one.Outcome == CallOutcome.Completed && one.Ended < other.Invoked;
    }

    [Fact]
    public void Ten_thousand_calls_of_five_clients_on_a_hundred_keys_take_less_than_two_states_each()
    {
        var spread = Explored(clients: 5, keys: 100, unknownPercent: 2);
        Assert.InRange(spread, 1, 20_000);
        Assert.Equal(spread, Explored(clients: 5, keys: 100, unknownPercent: 2));
    }

    [Fact]
    public void Five_clients_on_one_key_take_a_few_states_per_call() => Assert.InRange(Explored(clients: 5, keys: 1, unknownPercent: 0), 1, 100_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forty_calls_of_unknown_outcome_on_one_key_cost_no_power_of_two(bool isRegister)
    {
        const int Unknown = 40;
        if (isRegister)
        {
            var register = new Timeline<RegisterOperation, RegisterResult>();
            for (var i = 1; i <= Unknown; i++) register.GiveUp(register.Invoke(i, RegisterOperation.Write(i)));
            for (var i = 1; i <= Unknown; i++) register.Do(0, RegisterOperation.Read, RegisterResult.Of(i));
            Expect(LinearizabilityCheck.Run(register.History, new RegisterModel()), Linearizable);
            register.Do(0, RegisterOperation.Read, RegisterResult.Of(1));
            Expect(LinearizabilityCheck.Run(register.History, new RegisterModel()), NotLinearizable);
            return;
        }
        var counter = new Timeline<CounterOperation, long?>();
        for (var i = 1; i <= Unknown; i++) counter.GiveUp(counter.Invoke(i, CounterOperation.Add(1)));
        for (var i = 1; i <= Unknown; i++) counter.Do(0, CounterOperation.Read, i);
        Expect(LinearizabilityCheck.Run(counter.History, new CounterModel()), Linearizable);
        counter.Do(0, CounterOperation.Read, Unknown + 1);
        Expect(LinearizabilityCheck.Run(counter.History, new CounterModel()), NotLinearizable);

        static void Expect<TOperation, TResult>(LinearizabilityReport<TOperation, TResult> report, LinearizabilityVerdict verdict)
        {
            Assert.Equal(verdict, report.Verdict);
            Assert.InRange(report.StatesExplored, 1, Unknown * Unknown * Unknown);
        }
    }

    private static long Explored(int clients, int keys, int unknownPercent)
    {
        var objects = new SimulatedObjects<long, RegisterOperation, RegisterResult>(new RegisterModel(), DrawRegister, new Prng(1))
        {
            UnknownPercent = unknownPercent,
        };
        var report = LinearizabilityCheck.Run(objects.Run(clients, calls: 10_000, keys), new RegisterModel());
        Assert.Equal(Linearizable, report.Verdict);
        return report.StatesExplored;
    }

    private static void AcceptsHonest<TOperation, TResult>(ISequentialModel<long, TOperation, TResult> model, Func<Prng, TOperation> draw)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new Prng(seed);
            var objects = new SimulatedObjects<long, TOperation, TResult>(model, draw, random) { UnknownPercent = 5, FailedPercent = 5 };
            var report = LinearizabilityCheck.Run(objects.Run(clients: 2 + (int)(seed % 5), calls: 100, keys: 1 + (int)(seed % 3)), model);
            if (report.Verdict != Linearizable) Assert.Fail($"seed {seed}: {report}");
        }
    }

    private static void AgreesWithDefinition<TOperation, TResult>(ISequentialModel<long, TOperation, TResult> model, Func<Prng, TOperation> draw)
    {
        var accepted = 0;
        for (ulong seed = 1; seed <= 5 * Seeds; seed++)
        {
            var history = Small(model, draw, seed, wrongPercent: 40);
            var expected = BruteForce.IsLinearizable(history, model);
            var report = LinearizabilityCheck.Run(history, model);
            if (report.Verdict != (expected ? Linearizable : NotLinearizable))
            {
                Assert.Fail($"seed {seed}: by definition {expected}, found {report}\n{string.Join('\n', history.Calls)}");
            }
            accepted += expected ? 1 : 0;
        }
        Assert.InRange(accepted, Seeds, 4 * Seeds); // Both verdicts, often.
    }

    private static History<TOperation, TResult> Small<TOperation, TResult>(
        ISequentialModel<long, TOperation, TResult> model, Func<Prng, TOperation> draw, ulong seed, int wrongPercent) =>
        new SimulatedObjects<long, TOperation, TResult>(model, draw, new Prng(seed))
        {
            WrongPercent = wrongPercent,
            UnknownPercent = 10,
            FailedPercent = 5,
        }.Run(clients: 4, calls: 8, keys: 1 + (int)(seed % 2));

    /// <summary>Few values, so that answers fit by chance and orders have to be told apart.</summary>
    private static RegisterOperation DrawRegister(Prng random) => (random.Next() % 5) switch
    {
        0 or 1 => RegisterOperation.Read,
        2 or 3 => RegisterOperation.Write((long)(random.Next() % 4)),
        _ => RegisterOperation.CompareAndSet((long)(random.Next() % 4), (long)(random.Next() % 4)),
    };

    private static CounterOperation DrawCounter(Prng random) => (random.Next() % 3) switch
    {
        0 => CounterOperation.Read,
        1 => CounterOperation.Add(1 + (long)(random.Next() % 2)),
        _ => CounterOperation.AddAndGet(1 + (long)(random.Next() % 2)),
    };
}
