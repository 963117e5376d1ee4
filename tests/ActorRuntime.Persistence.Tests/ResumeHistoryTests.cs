using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Persistence.Tests.Tally;

namespace ActorRuntime.Persistence.Tests;

/// <summary>
/// Goal: whatever fails, and whether the unit is then resumed or restarted, its state is that of the log: at every new instance, and at the end.
/// Method: commands of random calls that fail at random places (in the command, in handlers, in the midst of applying an event), with a supervisor
/// that says Resume or Restart at random, on a log that answers at once and on one that answers later.
/// </summary>
[Trait("Requirement", "SR-2")]
public sealed class ResumeHistoryTests
{
    private const int Commands = 60;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 20).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task State_is_that_of_the_log_on_a_log_that_answers_at_once(ulong seed) => RunAsync(seed, isSlow: false);

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task State_is_that_of_the_log_on_a_log_that_answers_later(ulong seed) => RunAsync(seed, isSlow: true);

    private static async Task RunAsync(ulong seed, bool isSlow)
    {
        var journal = new InMemoryJournal();
        await using var system = ActorSystem.Create("history", PersistenceSetup.Create()
            .WithJournal(_ => isSlow ? new SlowJournal(journal) : journal));
        using var observer = new TestProbe(system);
        using var user = new TestProbe(system);
        var random = new Prng(seed);
        var decisions = new Prng(seed + 1);
        var resumed = 0;
        var script = new TallyScript { Applying = entry => MayFail(entry.Text) };
        var unit = system.ActorOf(Props.CreateBy(() => new TallySupervisor(new OneForOneStrategy(Decide), "a", observer.Ref, script)));

        for (var i = 0; i < Commands; i++)
        {
            var calls = DrawCalls(i);
            user.Send(unit, new Do(tally => Run(tally, calls)));
        }
        // Whatever was asked without waiting for it has to be handled first; a failure in between takes the answer with it.
        string? state = null;
        for (var asked = 0; state is null && asked < 200; asked++)
        {
            user.Send(unit, new Do(tally => tally.Defer(0, _ => tally.Answer(tally.Texts))));
            if (user.TryReceiveOne(out var envelope, TimeSpan.FromSeconds(asked < 199 ? 0.1 : 30))) state = (string)envelope.Message!;
        }

        var stored = new List<string>();
        await foreach (var envelope in Persistence.Instance.Get(system).ReadJournalFor("").CurrentEventsByPersistenceId("a"))
            stored.Add(((Entry)envelope.Event).Text);
        Assert.True(script.Violation is null, $"seed {seed}: {script.Violation}");
        Assert.Equal((seed, string.Join(',', stored)), (seed, state));
        Assert.True(resumed > 3 && stored.Count > 20, $"seed {seed}: {resumed} times resumed, {stored.Count} events: too tame");

        Directive Decide(Exception cause)
        {
            if (decisions.Chance(20)) return Directive.Restart;
            resumed++;
            return Directive.Resume;
        }

        void MayFail(string text)
        {
            if (text.EndsWith('!')) throw new InvalidDataException("midway");
        }

        (int Kind, string[] Texts, int FailIn)[] DrawCalls(int command) =>
        [
            .. Enumerable.Range(0, 1 + Draw(3)).Select(call => (Draw(5), Enumerable.Range(0, 1 + Draw(3))
                .Select(part => $"{command}.{call}.{part}{(random.Chance(4) ? "!" : "")}").ToArray(), random.Chance(12) ? Draw(3) : -1)),
        ];

        int Draw(int below) => (int)(random.Next() % (ulong)below);
    }

    private static void Run(Tally tally, (int Kind, string[] Texts, int FailIn)[] calls)
    {
        foreach (var (kind, texts, failIn) in calls)
        {
            var handled = 0;
            void Handle(Entry entry)
            {
                if (handled++ == failIn) throw new InvalidDataException("in handler of " + entry.Text);
            }

            var entries = texts.Select(text => new Entry(text)).ToArray();
            switch (kind)
            {
                case 0: tally.Persist(entries[0], Handle); break;
                case 1: tally.PersistAsync(entries[0], Handle); break;
                case 2: tally.PersistAll(entries, Handle); break;
                case 3: tally.PersistAllAsync(entries, Handle); break;
                default: tally.Persist(entries[0], entry => { tally.PersistAsync(new Entry(entry.Text + "n"), Handle); }); break;
            }
            if (failIn == 2) throw new InvalidDataException("in command");
        }
    }
}
