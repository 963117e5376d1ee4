using System.Collections.Concurrent;
using System.Net;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: channels with real sockets and threads agree on leases and losses. Method: three in one process, waiting on
/// conditions.</summary>
[Collection(ExhaustsTheProcess.Name)]
public sealed class SignalChannelTests : IDisposable
{
    private static readonly ControlLogIdentity Identity = new(77, new byte[32]);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ProductionEnvironment _environment = new();
    private readonly List<SignalChannel> _channels = [];
    private readonly ConcurrentDictionary<NodeKey, ConcurrentQueue<SignalEvent>> _events = new();
    private ClusterView _view = ClusterView.Empty;

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }

    [Fact]
    [Trait("Requirement", "CL-1")]
    [Trait("Requirement", "CL-6")]
    public void A_blocked_node_mutes_itself_and_the_others_support_its_loss_until_it_is_back()
    {
        Start("a", "b", "c");
        Assert.True(_channels[0].Block(true));
        Wait(() => !_channels[0].IsOpen, "a muted");
        var b = _channels[1].Self;
        Wait(() => Has<SignalEvent.LossSupported>(1, e => e.Peer == _channels[0].Self) && Has<SignalEvent.LossSupported>(2, e => e.Peer == _channels[0].Self), "votes");
        Wait(() => Has<SignalEvent.Reported>(2, e => e.From == b && e.Supports.Contains(_channels[0].Self)), "b's vote heard by c");
        Wait(() => _channels[1].IsOpen && _channels[2].IsOpen, "the others serve");

        Assert.True(_channels[0].Block(false));
        Wait(() => _channels[0].IsOpen && Has<SignalEvent.Restored>(1, e => e.Peer == _channels[0].Self), "a back");
        Assert.True(Describe(_channels[0]).Drops[SignalDrop.Blocked] > 0);
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void A_gate_opens_for_the_successor_only_after_the_lost_node_was_muted()
    {
        Start("a", "b", "c");
        var lost = _channels[0].Self;
        Assert.False(_channels[1].IsClear(lost, 1 + _view.Version));
        _channels[0].Block(true);
        Wait(() => Has<SignalEvent.LossSupported>(1, e => e.Peer == lost) && Has<SignalEvent.LossSupported>(2, e => e.Peer == lost), "votes");
        _view = _view.Lose(lost);
        Push(_channels[1], _channels[2]);
        Wait(() => _channels[1].IsClear(lost, _view.Version) && _channels[2].IsClear(lost, _view.Version), "gates");
        Assert.False(_channels[0].IsOpen);
        Wait(() => Has<SignalEvent.GateMoved>(1, _ => true), "the move of the gate told");

        _channels[0].Block(false);
        Wait(() => Describe(_channels[1]).Drops[SignalDrop.LostSender] > 3, "the lost incarnation is not heard any more");
        Assert.False(_channels[0].IsOpen);
    }

    [Fact]
    [Trait("Requirement", "CL-1")]
    public void Each_module_can_be_switched_off_by_itself()
    {
        Start("a", "b", "c");
        _channels[2].Switch(SignalModule.Detector, false);
        Wait(() => !Describe(_channels[2]).Detector, "c's detector off");
        _events[_channels[2].Self].Clear();
        _channels[0].Switch(SignalModule.Emitter, false);
        Wait(() => Has<SignalEvent.LossSupported>(1, e => e.Peer == _channels[0].Self), "b finds the silent a");
        Assert.False(Has<SignalEvent.Suspected>(2, _ => true), "c's detector is off");
        Wait(() => !_channels[0].IsOpen, "a, unheard, is muted");
        _channels[0].Switch(SignalModule.MuteSwitch, false);
        Assert.True(_channels[0].IsOpen);
        _channels[0].Switch(SignalModule.MuteSwitch, true);
        Assert.False(_channels[0].IsOpen);
        _channels[0].Switch(SignalModule.Emitter, true);
        Wait(() => _channels[0].IsOpen, "a speaks again");
    }

    [Fact]
    [Trait("Requirement", "CL-2")]
    public async Task Signals_go_on_while_the_thread_pool_is_exhausted_and_every_core_is_busy()
    {
        // A lease that only a thread that gets no turn for seconds can lose: this machine may run more than this test.
        StartWith(new SignalOptions { Lease = TimeSpan.FromSeconds(10), LossAfter = TimeSpan.FromSeconds(12) }, "a", "b", "c");
        using var release = new ManualResetEventSlim();
        var stop = false;
        var blocked = Enumerable.Range(0, 200).Select(_ => Task.Run(() => release.Wait())).ToArray();
        var burners = Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => new Thread(() => { while (!Volatile.Read(ref stop)) { } })).ToArray();
        foreach (var burner in burners) burner.Start();
        try
        {
            var before = Describe(_channels[0]).Peers.Sum(p => p.Heard);
            Wait(() => Describe(_channels[0]).Peers.Sum(p => p.Heard) > before + 60, "thirty more signals of each peer");
            Assert.False(Has<SignalEvent.LeaseLost>(0, _ => true));
            Assert.True(_channels.TrueForAll(c => c.IsOpen));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            release.Set();
            foreach (var burner in burners) burner.Join();
            await Task.WhenAll(blocked);
        }
    }

    [Fact]
    public void Garbage_on_the_port_is_counted_and_changes_nothing()
    {
        Start("a", "b", "c");
        var target = _channels[0].LocalEndPoint;
        using var socket = new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        for (var length = 0; length < 1500; length += 50) socket.Send(new byte[length], length, target);
        Wait(() => Describe(_channels[0]).Drops[SignalDrop.Malformed] >= 30, "garbage counted");
        Wait(() => _channels[0].IsOpen, "still serving");
    }

    [Fact]
    public void Without_the_setting_no_fault_can_be_injected()
    {
        using var channel = SignalChannel.Open(
            _environment, new SignalOptions(), SignalViews.Key("z"), Identity, new IPEndPoint(IPAddress.Loopback, 0));
        Assert.False(channel.Block(true));
    }

    private void Start(params string[] names) => StartWith(new SignalOptions { FaultInjection = true }, names);

    private void StartWith(SignalOptions options, params string[] names)
    {
        foreach (var name in names)
        {
            var channel = SignalChannel.Open(_environment, options, SignalViews.Key(name), Identity, new IPEndPoint(IPAddress.Loopback, 0));
            var events = _events.GetOrAdd(channel.Self, _ => new());
            channel.Attach(events.Enqueue);
            _channels.Add(channel);
        }
        _view = SignalViews.Of(1, [.. _channels.Select(c => (c.Self, c.LocalEndPoint.Port))]);
        Push([.. _channels]);
        Wait(() => _channels.TrueForAll(c => c.IsOpen), "all leases");
    }

    private void Push(params SignalChannel[] to)
    {
        foreach (var channel in to) channel.UpdateView(_view, _channels.ToDictionary(c => c.Self, c => c.LocalEndPoint));
    }

    private bool Has<T>(int channel, Predicate<T> match)
        where T : SignalEvent => _events[_channels[channel].Self].OfType<T>().Any(e => match(e));

    private static SignalTable Describe(SignalChannel channel)
    {
        SignalTable? table = null;
        channel.Describe(t => Volatile.Write(ref table, t));
        Wait(() => Volatile.Read(ref table) is not null, "table");
        return table!;
    }

    private static void Wait(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Patience), "never: " + what);
}
