using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Databases;

public sealed class BlockingCallsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Silent_disk_leaves_a_started_call_unanswered_and_a_queued_one_undone()
    {
        using var silence = new ManualResetEventSlim();
        using var calls = new BlockingCalls(new ProductionEnvironment(), "test", Patience);
        var ran = false;

        var started = calls.RunAsync(() => { silence.Wait(); return 0; }, default);
        var queued = calls.RunAsync(() => ran = true, default);

        await Assert.ThrowsAsync<UnansweredException>(() => started);
        await Assert.ThrowsAsync<StoreUnreachableException>(() => queued);
        silence.Set();
        Assert.Equal(1, await calls.RunAsync(() => 1, default));
        Assert.False(ran);
    }

    [Fact]
    public async Task Cancelled_call_does_not_start()
    {
        using var silence = new ManualResetEventSlim();
        using var calls = new BlockingCalls(new ProductionEnvironment(), "test", TimeSpan.FromMinutes(1));
        using var cancellation = new CancellationTokenSource();
        var ran = false;
        var blocking = calls.RunAsync(() => { silence.Wait(); return 0; }, default);

        var cancelled = calls.RunAsync(() => ran = true, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        silence.Set();
        await blocking;
        await calls.RunAsync(() => 0, default);
        Assert.False(ran);
    }

    [Fact]
    public async Task Answer_that_comes_with_the_end_of_patience_is_the_answer()
    {
        for (var i = 0; i < 200; i++)
        {
            var environment = new ManualEnvironment();
            using var calls = new BlockingCalls(environment, "test", Patience);
            var answer = calls.RunAsync(() => i, default);
            environment.RunUntilIdle(); // The answer is there, nobody has been told yet ...
            environment.Advance(Patience); // ... when the patience ends, as after a pause of the process.
            Assert.Equal(i, await answer);
        }
    }

    [Fact]
    public async Task Exception_of_a_call_reaches_its_caller()
    {
        using var calls = new BlockingCalls(new ProductionEnvironment(), "test", TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<InvalidDataException>(() => calls.RunAsync<int>(() => throw new InvalidDataException(), default));

        Assert.Equal(2, await calls.RunAsync(() => 2, default));
    }
}
