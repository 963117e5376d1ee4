using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Event;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Forwards to a singleton wherever it runs; holds messages, bounded, while it runs nowhere.</summary>
internal sealed class SingletonProxyActor : ReceiveActor, IWithTimers
{
    private readonly string _type;
    private readonly ClusterSingletonProxySettings _settings;
    private readonly ShardingServices _services;
    private readonly Queue<(object Message, IActorRef Sender)> _held = [];
    private readonly ILogger _log;
    private IActorRef _region = ActorRefs.Nobody;
    private long _dropped;

    public SingletonProxyActor(string type, ClusterSingletonProxySettings settings)
    {
        (_type, _settings) = (type, settings);
        _services = ClusterSharding.Get(Context.System).Services;
        _log = Context.GetLogger().Logger;
        Receive<ClusterChanged>(_ => LookForSingleton());
        Receive<Look>(_ => LookForSingleton());
        ReceiveAny(OnMessage);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsPlaced => SingletonType.PlaceOf(_type, _services.Cluster.View) is not null;

    protected override void PreStart()
    {
        var settings = ClusterShardingSettings.Create(Context.System).WithRole(_settings.Role);
        _region = ClusterSharding.Get(Context.System).Start(SingletonType.ProxyOf(_type, settings));
        _services.Cluster.Subscribe(Self);
    }

    protected override void PostStop()
    {
        while (_held.TryDequeue(out var held)) Drop(held.Message, held.Sender, "the proxy stopped before the singleton was found");
    }

    private void OnMessage(object message)
    {
        if (_held.Count == 0 && IsPlaced)
        {
            Forward(message, Sender);
            return;
        }
        if (_settings.BufferSize == 0)
        {
            Drop(message, Sender, "no node runs the singleton and buffer-size = 0");
            return;
        }
        if (_held.Count >= _settings.BufferSize)
        {
            var oldest = _held.Dequeue();
            Drop(oldest.Message, oldest.Sender, $"no node runs the singleton and the buffer is full (buffer-size = {_settings.BufferSize})");
        }
        _held.Enqueue((message, Sender));
        if (!Timers.IsTimerActive(nameof(Look)))
            Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _settings.SingletonIdentificationInterval);
    }

    private void LookForSingleton()
    {
        if (_held.Count > 0 && !IsPlaced) return;
        while (_held.TryDequeue(out var held)) Forward(held.Message, held.Sender);
        Timers.Cancel(nameof(Look));
    }

    private void Forward(object message, IActorRef sender) => _region.Tell(new ShardingEnvelope(SingletonType.UnitId, message), sender);

    private void Drop(object message, IActorRef sender, string why)
    {
        _dropped++;
        _services.Drops.Report(_log, _type, SingletonType.UnitId, why, _dropped);
        Context.System.DeadLetters.Tell(new Dropped(message, why, sender, Self));
    }

    private sealed class Look
    {
        public static Look Instance { get; } = new();
    }
}
