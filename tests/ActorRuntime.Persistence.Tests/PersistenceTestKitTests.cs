using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>A test of an application's actor as its author writes it.</summary>
[Trait("Requirement", "AR-9")]
public sealed class PersistenceTestKitTests() : PersistenceTestKit(
    ConfigurationFactory.ParseString("actor-runtime.persistence { recovery-timeout = 3 s, write-timeout = 3 s }").WithFallback(Patience.Config))
{
    [Fact]
    public async Task Failing_write_stops_the_actor_and_the_store_is_healthy_again_afterwards()
    {
        var actor = Start(recovered: 0);
        Watch(actor);

        await WithJournalWrite(write => write.Fail(), () =>
        {
            actor.Tell(new Write("x"), TestActor);
            ExpectMsg("failure x 1 JournalException");
            ExpectTerminated(actor);
            return Task.CompletedTask;
        });

        actor = Start(recovered: 0);
        actor.Tell(new Write("y"), TestActor);
        ExpectMsg("wrote y 1");
    }

    [Theory]
    [InlineData("rejected 1", 0)]
    [InlineData("failure x 1 JournalException", 1)]
    [InlineData("failure x 1 TimeoutException", 0)]
    public async Task Each_behaviour_of_a_write_is_what_it_says(string seen, int stored)
    {
        var actor = Start(recovered: 0);
        await WithJournalWrite(
            write => stored == 1 ? write.FailAfterWriting() : seen.StartsWith("rejected", StringComparison.Ordinal) ? write.Reject() : write.BeSilent(),
            () =>
            {
                actor.Tell(new Write("x"), TestActor);
                ExpectMsg(seen);
                return Task.CompletedTask;
            });

        Start(recovered: stored);
    }

    [Fact]
    public Task Silent_journal_is_noticed_by_a_recovery() => WithJournalRecovery(read => read.BeSilent(), () =>
    {
        Sys.ActorOf(Props.Create(() => new Ledger("a", TestActor, Recovery.Default)));
        Assert.Contains("recovery-timeout", ExpectMsg<RecoveryTimedOutException>().Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public async Task Snapshots_fail_as_told_to_be_loaded_and_saved()
    {
        var actor = Start(recovered: 0);
        await WithSnapshotSave(save => save.FailWithDelay(TimeSpan.FromMilliseconds(10)), () =>
        {
            actor.Tell(new Snap(), TestActor);
            ExpectMsg("SaveSnapshotFailure JournalException");
            return Task.CompletedTask;
        });
        await WithSnapshotLoad(load => load.Fail(), () =>
        {
            Sys.ActorOf(Props.Create(() => new Ledger("a", TestActor, Recovery.Default)));
            Assert.Contains("told to fail", ExpectMsg<Exception>().Message, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        await WithSnapshotLoad(load => load.PassWithDelay(TimeSpan.FromMilliseconds(10)), () =>
        {
            Start(recovered: 0);
            return Task.CompletedTask;
        });
    }

    private IActorRef Start(int recovered)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Ledger("a", TestActor, Recovery.Default)));
        ExpectMsg($"recovered {recovered}");
        return actor;
    }
}
