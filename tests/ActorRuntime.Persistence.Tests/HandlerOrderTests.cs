using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>
/// Goal: handlers run in the order of the calls, whatever their kind; nothing of another command comes between a command and the handlers it
/// holds back; what was handled is what is stored, in the same order.
/// Method: commands of random calls, nested at random, on a log that answers at once and on one that answers later.
/// </summary>
[Trait("Requirement", "AR-4")]
public sealed class HandlerOrderTests
{
    private const int Commands = 30;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task Handlers_run_in_the_order_of_the_calls_on_a_log_that_answers_at_once(ulong seed) => RunAsync(seed, isSlow: false);

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task Handlers_run_in_the_order_of_the_calls_on_a_log_that_answers_later(ulong seed) => RunAsync(seed, isSlow: true);

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_poison_pill_waits_for_what_was_to_be_stored_before_it(bool isSlow)
    {
        var journal = new InMemoryJournal();
        await using var system = ActorSystem.Create("order", PersistenceSetup.Create().WithJournal(_ => isSlow ? new SlowJournal(journal) : journal));
        using TestProbe observer = new(system), user = new(system);
        var ledger = system.ActorOf(Props.Create(() => new Ledger("a", observer.Ref, Recovery.Default)));
        observer.Watch(ledger);
        for (var i = 1; i <= Commands; i++) user.Send(ledger, new WriteAsync($"{i}"));
        user.Send(ledger, PoisonPill.Instance);
        user.Send(ledger, new WriteAsync("after the end"));

        for (var i = 1; i <= Commands; i++) Assert.Equal($"wrote {i} {i}", user.ExpectMsg<string>(TimeSpan.FromSeconds(30)));
        observer.ExpectMsg("recovered 0");
        observer.ExpectTerminated(ledger, TimeSpan.FromSeconds(30));
        Assert.Equal(Commands, await journal.ReadHighestSequenceNrAsync("a", CancellationToken.None));
    }

    private static async Task RunAsync(ulong seed, bool isSlow)
    {
        var journal = new InMemoryJournal();
        await using var system = ActorSystem.Create("order", PersistenceSetup.Create()
            .WithJournal(_ => isSlow ? new SlowJournal(journal) : journal).And(Patience.Setup));
        using var observer = new TestProbe(system);
        var actor = system.ActorOf(Props.Create(() => new Ledger("a", observer.Ref, Recovery.Default)));
        observer.ExpectMsg("recovered 0");
        var script = new Script(seed);

        for (var i = 0; i < Commands; i++) actor.Tell(new Do(script.RunCommand), ActorRefs.NoSender);
        actor.Tell(new Do(script.RunEnd), ActorRefs.NoSender);
        observer.FishForMessage<string>(text => text == "end", TimeSpan.FromSeconds(30));

        Assert.True(script.Violation is null, $"seed {seed}: {script.Violation}");
        Assert.Equal((seed, script.Called.Count), (seed, script.Handled.Count));
        Assert.Equal(script.Called, script.Handled);
        var stored = new List<object>();
        var queries = Persistence.Instance.Get(system).ReadJournalFor("");
        await foreach (var envelope in queries.CurrentEventsByPersistenceId("a")) stored.Add(envelope.Event);
        Assert.Equal(script.Persisted, stored);
    }

    /// <summary>Draws calls and checks what follows; the actor's alone while it runs.</summary>
    private sealed class Script(ulong seed)
    {
        private readonly Prng _random = new(seed);
        private int _next;
        private int _holding;

        public List<string> Called { get; } = [];

        public List<string> Handled { get; } = [];

        public List<string> Persisted { get; } = [];

        public string? Violation { get; private set; }

        public void RunCommand(Ledger ledger)
        {
            if (_holding > 0) Violation ??= $"a command ran while {_holding} handlers held commands back";
            var calls = Draw(4);
            for (var i = 0; i < calls; i++) Call(ledger, depth: 0);
        }

        /// <summary>Comes after what was called before; what those handlers call comes after it, so it steps back until there is nothing.</summary>
        public void RunEnd(Ledger ledger) => ledger.Defer("end", end =>
        {
            if (Handled.Count < Called.Count) RunEnd(ledger);
            else ledger.Observe(end);
        });

        private void Call(Ledger ledger, int depth)
        {
            switch (Draw(6))
            {
                case 0: Hold(1); ledger.Persist(Named("persist"), handled => OnHeld(ledger, handled, depth)); break;
                case 1: ledger.PersistAsync(Named("async"), handled => OnHandled(ledger, handled, depth)); break;
                case 2: var all = NamedAll("all"); Hold(all.Length); ledger.PersistAll(all, handled => OnHeld(ledger, handled, depth)); break;
                case 3: ledger.PersistAllAsync(NamedAll("all-async"), handled => OnHandled(ledger, handled, depth)); break;
                case 4: Hold(1); ledger.Defer(Named("defer", isStored: false), handled => OnHeld(ledger, handled, depth)); break;
                default: ledger.DeferAsync(Named("defer-async", isStored: false), handled => OnHandled(ledger, handled, depth)); break;
            }
        }

        private int Draw(int below) => (int)(_random.Next() % (ulong)below);

        private string[] NamedAll(string kind) => [.. Enumerable.Range(0, 1 + Draw(3)).Select(_ => Named(kind))];

        private string Named(string kind, bool isStored = true)
        {
            var name = $"{kind}-{++_next}";
            Called.Add(name);
            if (isStored) Persisted.Add(name);
            return name;
        }

        private void Hold(int count) => _holding += count;

        private void OnHeld(Ledger ledger, string name, int depth)
        {
            _holding--;
            OnHandled(ledger, name, depth);
        }

        private void OnHandled(Ledger ledger, string name, int depth)
        {
            Handled.Add(name);
            if (depth < 3 && Draw(3) == 0) Call(ledger, depth + 1);
        }
    }
}
