using Xunit;

namespace ActorRuntime.Tests;

public sealed class ProductionEnvironmentTests
{
    [Fact]
    public void Lease_clock_never_goes_back()
    {
        var environment = new ProductionEnvironment();
        var last = environment.Now;
        for (var i = 0; i < 100_000; i++)
        {
            var now = environment.Now;
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_stream_and_purposes_differ()
    {
        Assert.Equal(First(new(7), "a"), First(new(7), "a"));
        Assert.NotEqual(First(new(7), "a"), First(new(7), "b"));
        Assert.NotEqual(First(new(7), "a"), First(new(8), "a"));
    }

    [Fact]
    public void Without_a_seed_no_two_streams_are_alike()
    {
        var environment = new ProductionEnvironment();
        Assert.NotEqual(First(environment, "incarnation"), First(environment, "incarnation"));
    }

    [Fact]
    public void Boot_id_is_known_on_linux() =>
        Assert.Equal(OperatingSystem.IsLinux(), new ProductionEnvironment().Host.BootId.Length > 0);

    [Fact]
    public async Task Executor_runs_what_it_is_given()
    {
        var item = new Item();
        new ProductionEnvironment().Executor.Execute(item, preferLocal: false);
        await item.Ran.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Worker_runs_calls_one_at_a_time_in_order_and_finishes_after_disposal()
    {
        const int calls = 1000;
        var order = new List<int>();
        var done = new TaskCompletionSource();
        using (var worker = new ProductionEnvironment().StartWorker("test worker"))
        {
            for (var i = 0; i < calls; i++)
            {
                var call = i;
                worker.Post(() =>
                {
                    order.Add(call);
                    if (call == calls - 1) done.SetResult();
                });
            }
        }
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Enumerable.Range(0, calls), order);
    }

    private static ulong First(ProductionEnvironment environment, string purpose) => environment.Random(purpose).Next();

    private sealed class Item : IThreadPoolWorkItem
    {
        public TaskCompletionSource Ran { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute() => Ran.SetResult();
    }
}
