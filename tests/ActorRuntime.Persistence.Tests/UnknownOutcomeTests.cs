using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>A write whose outcome its actor does not learn: the actor stops, its next incarnation finds out, nothing is lost or doubled.</summary>
[Trait("Requirement", "AR-5")]
public sealed class UnknownOutcomeTests : IAsyncLifetime
{
    private static readonly WriterFence Fence = new("receiver/7", 5);

    private readonly InMemoryJournal _journal = new();
    private readonly InMemorySnapshotStore _snapshots = new();
    private readonly ActorSystem _system;
    private readonly TestProbe _observer;
    private readonly TestProbe _user;

    public UnknownOutcomeTests()
    {
        _system = ActorSystem.Create("unknown", PersistenceSetup.Create()
            .WithOptions(new PersistenceOptions { WriteTimeout = Patience.Store })
            .WithJournal(_ => _journal).WithSnapshotStore(_ => _snapshots).And(Patience.Setup));
        (_observer, _user) = (new TestProbe(_system), new TestProbe(_system));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Theory]
    [InlineData(JournalFault.Failed, 1)]
    [InlineData(JournalFault.UnknownApplied, 2)]
    [InlineData(JournalFault.Silent, 1)]
    [InlineData(JournalFault.SilentApplied, 2)]
    public void Next_incarnation_recovers_what_is_stored_and_writes_on_under_the_same_term(JournalFault fault, int stored)
    {
        var shard = Start(recovered: 0);
        Write(shard, "x", 1);
        _journal.FailNextAppend(fault);
        _user.Send(shard, new Write("y"));
        Assert.StartsWith("failure y 2", _observer.ExpectMsg<string>(), StringComparison.Ordinal);

        var again = Start(recovered: stored);
        Write(again, "z", stored + 1);

        _user.Send(again, new Show());
        _user.ExpectMsg(stored == 1 ? "x,z" : "x,y,z");
    }

    [Fact]
    public void Seeded_faults_lose_and_double_nothing_for_a_user_who_looks_before_trying_again()
    {
        for (var seed = 0; seed < 25; seed++) Run(seed, new Random(seed));
    }

    [Fact]
    public async Task Thawed_unit_of_a_lower_term_neither_replaces_nor_deletes_the_snapshot_of_its_successor()
    {
        var zombie = Start(recovered: 0);
        Write(zombie, "x", 1);
        var successor = Start(recovered: 1, fence: Fence with { Term = 6 });
        _user.Send(successor, new Snap());
        _observer.ExpectMsg<SaveSnapshotSuccess>();

        _user.Send(zombie, new Do(unit => unit.SaveSnapshot(new Pages(["of the zombie"]))));
        _user.Send(zombie, new Do(unit => unit.DeleteSnapshots(SnapshotSelectionCriteria.Latest)));
        _user.Send(zombie, new Show());
        _user.ExpectMsg("x");

        var kept = await _snapshots.LoadAsync("a", SnapshotSelectionCriteria.Latest, default);
        Assert.Equal(new Pages(["x"]).Texts, ((Pages)_system.Serialization.Deserialize(kept!.Payload, kept.SerializerId, kept.Manifest)).Texts);
    }

    private void Run(int seed, Random random)
    {
        var id = $"seed-{seed}";
        var (unit, number) = (Start(0, id), 0);
        while (number < 20)
        {
            var fails = random.Next(3) == 0;
            if (fails) _journal.FailNextAppend(random.Next(2) == 0 ? JournalFault.Failed : JournalFault.UnknownApplied);
            _user.Send(unit, new Write($"{number + 1}"));
            if (!fails)
            {
                _user.ExpectMsg($"wrote {number + 1} {number + 1}");
                number++;
                continue;
            }
            Assert.StartsWith("failure", _observer.ExpectMsg<string>(), StringComparison.Ordinal);
            unit = NewShard(id, Fence);
            number = int.Parse(_observer.ExpectMsg<string>()["recovered ".Length..], System.Globalization.CultureInfo.InvariantCulture);
        }
        _user.Send(unit, new Show());
        Assert.Equal((seed, string.Join(',', Enumerable.Range(1, 20))), (seed, _user.ExpectMsg<string>()));
    }

    private IActorRef Start(long recovered, string id = "a", WriterFence? fence = null)
    {
        var shard = NewShard(id, fence ?? Fence);
        _observer.ExpectMsg($"recovered {recovered}");
        return shard;
    }

    private IActorRef NewShard(string id, WriterFence fence) => _system.ActorOf(
        Props.Create(() => new ShardStandIn(SupervisorStrategy.DefaultStrategy, id, _observer.Ref, fence, _journal)));

    private void Write(IActorRef unit, string text, long number)
    {
        _user.Send(unit, new Write(text));
        _user.ExpectMsg($"wrote {text} {number}");
    }
}
