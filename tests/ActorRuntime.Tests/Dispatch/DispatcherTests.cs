using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

[Trait("Requirement", "AR-1")]
public sealed class DispatcherTests : ConfiguredTest
{
    private const string Configured = """
        calm { type = Dispatcher, throughput = 2, throughput-deadline-time = 5ms }
        pinned { type = PinnedDispatcher }
        fork { type = ForkJoinDispatcher, dedicated-thread-pool { thread-count = 2 } }
        own { type = "ActorRuntime.Tests.Dispatch.DispatcherTests+OnCallingThread, ActorRuntime.Tests" }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Dispatchers_are_found_by_the_path_of_their_section()
    {
        var dispatchers = Start(Configured).Dispatchers;
        Assert.True(dispatchers.HasDispatcher("calm"));
        Assert.True(dispatchers.HasDispatcher(Dispatchers.DefaultDispatcherId));
        Assert.False(dispatchers.HasDispatcher("wild"));
        var calm = dispatchers.Lookup("calm");
        Assert.Equal(("calm", 2, TimeSpan.FromMilliseconds(5)), (calm.Id, calm.Throughput, calm.ThroughputDeadlineTime));
        Assert.Same(calm, dispatchers.Lookup("calm"));
        Assert.Same(dispatchers.DefaultGlobalDispatcher, dispatchers.Lookup(Dispatchers.DefaultDispatcherId));
        Assert.NotSame(dispatchers.Lookup("pinned"), dispatchers.Lookup("pinned"));
    }

    [Fact]
    public void Throughput_gives_others_their_turn()
    {
        var system = Start(Configured);
        var order = new List<string>();
        var actors = new[] { "a", "b" }.Select(name => system.ActorOf(FunctionActor.Props((_, _) => order.Add(name)).WithDispatcher("calm"))).ToArray();
        Environment.RunUntilIdle();
        foreach (var actor in actors)
        {
            for (var i = 0; i < 3; i++) actor.Tell(i, null);
        }

        Environment.RunUntilIdle();
        Assert.Equal(["a", "a", "b", "b", "a", "b"], order);
    }

    [Fact]
    public void A_turn_ends_when_its_time_is_over()
    {
        var dispatcher = Start(Configured).Dispatchers.Lookup("calm");
        var end = dispatcher.TurnEnd();
        Environment.Advance(TimeSpan.FromMilliseconds(4));
        Assert.False(dispatcher.IsPast(end));
        Environment.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(dispatcher.IsPast(end));
    }

    [Fact]
    public void In_a_simulation_every_dispatcher_stays_on_the_environments_executor()
    {
        var system = Start(Configured);
        var threads = new HashSet<int>();
        foreach (var id in new[] { "pinned", "fork", "calm" })
        {
            system.ActorOf(FunctionActor.Props((_, _) => threads.Add(System.Environment.CurrentManagedThreadId)).WithDispatcher(id)).Tell("x", null);
        }

        Assert.Empty(threads);
        Environment.RunUntilIdle();
        Assert.Equal([System.Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void A_dispatcher_of_ones_own_runs_mailboxes_where_it_likes()
    {
        var system = Start(Configured);
        var handled = new List<object>();
        var actor = system.ActorOf(FunctionActor.Props((m, _) => handled.Add(m)).WithDispatcher("own"));
        actor.Tell(1, null);
        Assert.Equal([1], handled);
    }

    [Fact]
    public async Task A_pinned_actor_keeps_one_thread_also_after_awaits_and_the_thread_ends_with_it()
    {
        await using var system = ActorSystem.Create("pinned", ConfigurationFactory.ParseString(Configured));
        var actors = Enumerable.Range(0, 2).Select(_ => system.ActorOf(Props.Create<ThreadTeller>().WithDispatcher("pinned"))).ToArray();
        var threads = new HashSet<Thread>();
        foreach (var actor in actors)
        {
            var own = new HashSet<Thread>();
            for (var i = 0; i < 20; i++) own.UnionWith(await actor.Ask<Thread[]>("where", Patience));
            Assert.Single(own);
            threads.UnionWith(own);
        }

        Assert.Equal(2, threads.Count);
        Assert.DoesNotContain(threads, thread => thread.IsThreadPoolThread);
        foreach (var actor in actors) Assert.True(await actor.GracefulStop(Patience));
        Assert.All(threads, thread => Assert.True(thread.Join(Patience)));
        actors[0].Tell("after the end", null);
    }

    [Fact]
    public async Task A_fork_uses_its_own_threads_only_and_they_end_with_the_system()
    {
        var system = ActorSystem.Create("fork", ConfigurationFactory.ParseString(Configured));
        var actors = Enumerable.Range(0, 8).Select(_ => system.ActorOf(Props.Create<ThreadTeller>().WithDispatcher("fork"))).ToArray();
        var threads = new HashSet<Thread>();
        for (var round = 0; round < 10; round++)
        {
            foreach (var found in await Task.WhenAll(actors.Select(actor => actor.Ask<Thread[]>("where", Patience)))) threads.UnionWith(found);
        }

        Assert.InRange(threads.Count, 1, 2);
        Assert.DoesNotContain(threads, thread => thread.IsThreadPoolThread);
        await system.Terminate().WaitAsync(Patience);
        Assert.All(threads, thread => Assert.True(thread.Join(Patience)));
    }

    [Fact]
    public async Task Threads_of_a_fork_lose_no_item_while_they_fall_asleep_or_end()
    {
        for (var round = 0; round < 20; round++)
        {
            var threads = new DedicatedThreads("test", 2, PoolExecutor.Instance);
            using var all = new CountdownEvent(4 * 500);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 500; i++)
                {
                    if (i % 16 == 0) Thread.Yield();
                    threads.Execute(new Signal(all), preferLocal: false);
                    if (i == 400) threads.Dispose();
                }
            })));
            Assert.True(all.Wait(Patience), $"{all.CurrentCount} items lost in round {round}");
        }
    }

    public sealed class OnCallingThread(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
    {
        public override MessageDispatcher Dispatcher() => new Calling(this);

        private sealed class Calling(MessageDispatcherConfigurator configurator) : MessageDispatcher(configurator)
        {
            protected internal override void Schedule(IThreadPoolWorkItem mailbox, bool preferLocal) => mailbox.Execute();
        }
    }

    private sealed class Signal(CountdownEvent all) : IThreadPoolWorkItem
    {
        public void Execute() => all.Signal();
    }

    private sealed class ThreadTeller : ReceiveActor
    {
        public ThreadTeller() => ReceiveAnyAsync(async _ =>
        {
            var before = Thread.CurrentThread;
            await Task.Run(() => { });
            var after = Thread.CurrentThread;
            await Task.Yield();
            Sender.Tell(new[] { before, after, Thread.CurrentThread }, Self);
        });
    }
}
