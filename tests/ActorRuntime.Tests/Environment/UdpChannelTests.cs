using System.Collections.Concurrent;
using System.Net;
using System.Text;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests;

public sealed class UdpChannelTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ProductionEnvironment _environment = new();

    [Fact]
    [Trait("Requirement", "CL-1")]
    public void Datagrams_reach_the_handler_on_the_channels_own_thread()
    {
        var echo = new Handler();
        using var receiver = _environment.Datagrams.Open(AnyPort, "receiver", echo);
        var sender = new Handler { OnStarted = s => s.Send("hello"u8, receiver.LocalEndPoint) };
        using var channel = _environment.Datagrams.Open(AnyPort, "sender", sender);

        Assert.True(echo.Received.TryTake(out var got, Patience));
        Assert.Equal(("hello", "receiver"), got);
        Assert.Equal(0, channel.SendFailures);
    }

    [Fact]
    public void Deadline_is_kept_and_time_passes_again_after_each_new_deadline()
    {
        var handler = new Handler { Step = TimeSpan.FromMilliseconds(5), DeadlineStep = 3 };
        using var channel = _environment.Datagrams.Open(AnyPort, "ticker", handler);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(handler.Times.TryTake(out var late, Patience));
            Assert.True(late >= TimeSpan.Zero);
        }
    }

    [Fact]
    public void Wake_calls_OnTime_long_before_the_deadline()
    {
        var handler = new Handler();
        using var channel = _environment.Datagrams.Open(AnyPort, "sleeper", handler);
        channel.Wake();
        Assert.True(handler.Times.TryTake(out _, Patience));
    }

    [Fact]
    [Trait("Requirement", "CL-3")]
    public void Waiting_datagrams_are_handled_before_time_passes()
    {
        using var gate = new ManualResetEventSlim();
        var handler = new Handler { OnStarted = _ => gate.Wait(Patience), DeadlineStep = 1 };
        using var receiver = _environment.Datagrams.Open(AnyPort, "receiver", handler);
        var sender = new Handler
        {
            OnStarted = s =>
            {
                for (var i = 0; i < 100; i++) s.Send("x"u8, receiver.LocalEndPoint);
                gate.Set();
            },
        };
        using (_environment.Datagrams.Open(AnyPort, "sender", sender))
        {
            Assert.True(handler.Times.TryTake(out _, Patience));
            Assert.Equal(100, handler.ReceivedWhenTimePassed);
        }
    }

    [Fact]
    public void Disposal_frees_the_port_and_taken_ports_are_named()
    {
        var channel = _environment.Datagrams.Open(AnyPort, "first", new Handler());
        var taken = Assert.Throws<IOException>(() => _environment.Datagrams.Open(channel.LocalEndPoint, "second", new Handler()));
        Assert.Contains(channel.LocalEndPoint.ToString(), taken.Message);
        channel.Dispose();
        channel.Wake();
        // Disposal does not wait for ever for a thread that gets no turn.
        IDatagramChannel? third = null;
        Assert.True(SpinWait.SpinUntil(() => (third = TryOpen(channel.LocalEndPoint)) is not null, Patience), "the port is never free");
        third!.Dispose();
    }

    private IDatagramChannel? TryOpen(IPEndPoint endPoint)
    {
        try
        {
            return _environment.Datagrams.Open(endPoint, "third", new Handler());
        }
        catch (IOException)
        {
            return null;
        }
    }

    [Fact]
    public void Refused_sends_are_counted()
    {
        var handler = new Handler { OnStarted = s => s.Send(new byte[70_000], new IPEndPoint(IPAddress.Loopback, 9)) };
        using var channel = _environment.Datagrams.Open(AnyPort, "sender", handler);
        Assert.True(SpinWait.SpinUntil(() => channel.SendFailures == 1, Patience));
    }

    private sealed class Handler : IDatagramHandler
    {
        private MonotonicTime _deadline;
        private int _received;

        public Action<IDatagramSender>? OnStarted { get; init; }
        public TimeSpan Step { get; init; }
        public int DeadlineStep { get; set; }
        public int ReceivedWhenTimePassed { get; private set; }
        public BlockingCollection<(string Text, string? Thread)> Received { get; } = [];
        public BlockingCollection<TimeSpan> Times { get; } = [];
        public MonotonicTime Deadline => DeadlineStep > 0 ? _deadline : new MonotonicTime(long.MaxValue);

        public void OnStart(IDatagramSender sender, MonotonicTime now)
        {
            _deadline = now + Step;
            OnStarted?.Invoke(sender);
        }

        public void OnDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
        {
            _received++;
            Received.Add((Encoding.UTF8.GetString(datagram), Thread.CurrentThread.Name));
        }

        public void OnTime(MonotonicTime now)
        {
            ReceivedWhenTimePassed = _received;
            DeadlineStep--;
            Times.Add(DeadlineStep >= 0 ? now - _deadline : TimeSpan.Zero);
            _deadline = now + Step;
        }
    }
}
