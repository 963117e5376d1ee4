using System.Net;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Tests.World;

public sealed class SimulatedWorldTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly SimulatedWorld _world = new(1);

    [Fact]
    public void Timers_fire_at_their_time_by_the_clock_of_their_machine()
    {
        var (_, environment) = Start();
        _world.Hosts[0].Clock.Drift(100_000); // Fast by a tenth.
        var fired = new List<long>();
        using var timer = environment.Time.CreateTimer(_ => fired.Add(_world.Agenda.Now), null, Second, Second);

        RunFor(2.9 * Second);

        Assert.Equal(3, fired.Count);
        Assert.InRange(fired[0], Second.Ticks * 10 / 11, Second.Ticks * 10 / 11 + 10);
    }

    [Fact]
    public void A_clock_that_is_slowed_down_after_a_timer_was_set_is_waited_for()
    {
        var (_, environment) = Start();
        var fired = 0L;
        using var timer = environment.Time.CreateTimer(_ => fired = _world.Agenda.Now, null, Second, Timeout.InfiniteTimeSpan);
        _world.Hosts[0].Clock.Drift(-500_000);

        RunFor(3 * Second);

        Assert.InRange(fired, 2 * Second.Ticks, 2 * Second.Ticks + 10);
    }

    [Fact]
    public void A_stopped_process_does_nothing_and_then_everything()
    {
        var (process, environment) = Start();
        var ran = 0;
        process.Freeze();
        environment.Executor.Execute(new WorkItem(() => ran++), preferLocal: false);
        RunFor(Second);
        Assert.Equal(0, ran);

        process.Thaw();
        RunFor(Second);

        Assert.Equal(1, ran);
    }

    [Fact]
    public void A_killed_process_does_nothing_more_and_lets_go_of_its_lock()
    {
        var (process, environment) = Start();
        var (_, neighbour) = _world.StartProcess(process.Host, "neighbour");
        var ran = 0;
        Assert.NotNull(environment.LockFiles.TryAcquire("lock", "mine"));
        Assert.Null(neighbour.LockFiles.TryAcquire("lock", "yours"));
        Assert.False(neighbour.LockFiles.IsHolderGone("lock", "mine"));
        environment.Executor.Execute(new WorkItem(() => ran++), preferLocal: false);

        process.End(isSilent: false);
        RunFor(Second);

        Assert.Equal(0, ran);
        Assert.True(neighbour.LockFiles.IsHolderGone("lock", "mine"));
        Assert.False(neighbour.LockFiles.IsHolderGone("lock", "another's"));
    }

    [Fact]
    public void What_an_exception_ends_is_known()
    {
        var (process, environment) = Start();
        environment.Executor.Execute(new WorkItem(() => throw new InvalidOperationException("nobody catches this")), preferLocal: false);

        RunFor(Second);

        Assert.False(process.IsAlive);
        Assert.Equal("nobody catches this", process.Crash!.Message);
    }

    [Fact]
    public void A_stream_delivers_in_order_over_a_cut_and_breaks_after_a_long_one()
    {
        var (mine, theirs) = Connect();
        var buffer = new byte[100];
        SetCut(Cut.Streams);
        Assert.True(mine.SendAsync("first "u8.ToArray(), default).AsTask().IsCompletedSuccessfully);
        Assert.True(mine.SendAsync("second"u8.ToArray(), default).AsTask().IsCompletedSuccessfully);
        var reading = theirs.ReceiveAsync(buffer, default).AsTask();
        RunFor(5 * Second);
        Assert.False(reading.IsCompleted);

        SetCut(Cut.None);
        RunFor(2 * Second);
        var count = Done(reading);
        while (count < 12) count += Done(theirs.ReceiveAsync(buffer.AsMemory(count), default).AsTask());
        Assert.Equal("first second", System.Text.Encoding.ASCII.GetString(buffer, 0, count));

        SetCut(Cut.Streams);
        RunFor(11 * Second);
        Assert.IsType<IOException>(mine.SendAsync("x"u8.ToArray(), default).AsTask().Exception!.InnerException);
        Assert.IsType<IOException>(theirs.ReceiveAsync(buffer, default).AsTask().Exception!.InnerException);
    }

    [Fact]
    public void The_end_of_a_process_is_the_end_of_its_streams()
    {
        var (mine, _) = Connect();
        var reading = mine.ReceiveAsync(new byte[10], default).AsTask();

        _world.Processes[1].End(isSilent: false);
        RunFor(Second);

        Assert.Equal(0, Done(reading));
    }

    [Fact]
    public void A_machine_without_power_says_nothing_until_the_peer_gives_up()
    {
        var (mine, _) = Connect();
        var reading = mine.ReceiveAsync(new byte[10], default).AsTask();
        _world.Hosts[1].CutPower();
        _world.Processes[1].End(isSilent: true);
        RunFor(9 * Second);
        Assert.False(reading.IsCompleted);

        RunFor(2 * Second);

        Assert.IsType<IOException>(reading.Exception!.InnerException);
    }

    [Fact]
    public void A_sender_waits_for_a_reader_that_does_not_read()
    {
        var (mine, theirs) = Connect();
        var sending = mine.SendAsync(new byte[1 << 20], default).AsTask();
        RunFor(Second);
        Assert.False(sending.IsCompleted);

        for (var count = 0; count < 1 << 20;)
        {
            count += Done(theirs.ReceiveAsync(new byte[1 << 16], default).AsTask());
            RunFor(Second);
        }

        Assert.True(sending.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_port_nobody_listens_on_refuses()
    {
        var (_, environment) = Start();
        Start();
        var connecting = environment.Streams.ConnectAsync("10.0.0.2", 99, default).AsTask();

        RunFor(Second);

        Assert.IsType<ConnectRefusedException>(connecting.Exception!.InnerException);
    }

    [Fact]
    public void Datagrams_are_lost_doubled_and_reordered_as_the_link_says()
    {
        var (_, a) = Start();
        var (_, b) = Start();
        _world.Network[0, 1].Conditions = new LinkConditions { LossPercent = 30, DuplicatePercent = 20, DelayMin = TimeSpan.Zero, DelayMax = Second };
        var receiver = new Handler();
        var sender = new Handler();
        var to = b.Datagrams.Open(new IPEndPoint(IPAddress.Any, 7), "to", receiver).LocalEndPoint;
        a.Datagrams.Open(new IPEndPoint(IPAddress.Any, 7), "from", sender);
        RunFor(Second);
        for (byte i = 0; i < 200; i++) sender.Sender!.Send([i], to);

        RunFor(3 * Second);

        var distinct = receiver.Received.Distinct().Count();
        Assert.InRange(distinct, 110, 170);
        Assert.InRange(receiver.Received.Count - distinct, 10, 60);
        Assert.NotEqual(receiver.Received.Order(), receiver.Received);
    }

    [Fact]
    public void What_fails_in_the_last_moment_of_a_run_fails_the_run() => Assert.Throws<SimulationFailedException>(
        () => Simulation.Run(1, static cluster => cluster.Fail("anything", "said last")));

    [Fact]
    public void Work_of_another_thread_is_refused()
    {
        var (_, environment) = Start();
        Exception? refused = null;
        var stranger = new Thread(() => refused = Record.Exception(() => environment.Executor.Execute(new WorkItem(static () => { }), preferLocal: false)));
        stranger.Start();
        stranger.Join();

        Assert.IsType<InvalidOperationException>(refused);
    }

    [Fact]
    public void Work_that_queues_itself_for_ever_is_found()
    {
        var (_, environment) = Start();
        environment.Executor.Execute(new Endless(environment.Executor), preferLocal: false);

        Assert.Throws<EndlessLoopException>(() => RunFor(Second));
    }

    private (SimulatedProcess Process, SimulatedEnvironment Environment) Start() => _world.StartProcess(_world.AddHost(), $"p{_world.Hosts.Count}");

    private void RunFor(TimeSpan time)
    {
        SynchronizationContext.SetSynchronizationContext(null); // Under the test runner's, continuations would leave for the thread pool.
        _world.Agenda.Enter();
        for (var until = _world.Agenda.Now + time.Ticks; _world.Agenda.Step(until);)
        {
        }
    }

    private static T Done<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    private void SetCut(Cut cut)
    {
        _world.Agenda.Enter();
        _world.Network.SetCut(0, 1, cut);
        _world.Network.SetCut(1, 0, cut);
    }

    private (IStreamConnection Mine, IStreamConnection Theirs) Connect()
    {
        var (_, a) = Start();
        var (_, b) = Start();
        var accepting = b.Streams.Listen(new IPEndPoint(IPAddress.Any, 5)).AcceptAsync(default).AsTask();
        var connecting = a.Streams.ConnectAsync("10.0.0.2", 5, default).AsTask();
        RunFor(Second);
        return (Done(connecting), Done(accepting));
    }

    private sealed class Handler : IDatagramHandler
    {
        public IDatagramSender? Sender { get; private set; }

        public List<byte> Received { get; } = [];

        public MonotonicTime Deadline => new(long.MaxValue);

        public void OnStart(IDatagramSender sender, MonotonicTime now) => Sender = sender;

        public void OnDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now) => Received.Add(datagram[0]);

        public void OnTime(MonotonicTime now)
        {
        }
    }

    private sealed class Endless(IExecutor executor) : IThreadPoolWorkItem
    {
        public void Execute() => executor.Execute(this, preferLocal: false);
    }
}
