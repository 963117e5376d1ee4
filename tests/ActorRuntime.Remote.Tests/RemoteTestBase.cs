using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;

namespace ActorRuntime.Remote.Tests;

/// <summary>Several systems in one process, over loopback; all end with the test.</summary>
public abstract class RemoteTestBase : IAsyncDisposable
{
    /// <summary>How long a test waits for what must happen.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ActorSystem> _systems = [];

    protected ActorSystem StartSystem(string name, RemoteOptions? options = null, long? uid = null, RuntimeEnvironment? environment = null)
    {
        var quick = (options ?? new RemoteOptions()) with { ReconnectDelayMin = TimeSpan.FromMilliseconds(5), ReconnectDelayMax = TimeSpan.FromMilliseconds(50) };
        var setup = ActorSystemSetup.Empty.WithRemoting(new RemoteSetup(quick, uid)).WithSetup(new EnvironmentSetup(environment ?? new ProductionEnvironment()));
        var system = ActorSystem.Create(name, setup);
        _systems.Add(system);
        return system;
    }

    protected static Remote RemoteOf(ActorSystem system) => Remote.Get(system);

    protected static Inbox NewInbox(ActorSystem system, string? name = null)
    {
        var messages = new BlockingCollection<(object, IActorRef)>();
        return new Inbox(system.ActorOf(Props.Create(() => new Collector(messages)), name), messages);
    }

    /// <summary>The reference of <paramref name="actor"/> as <paramref name="system"/> sees it.</summary>
    protected static IActorRef SeenFrom(ActorSystem system, IActorRef actor, ActorSystem home) =>
        ((ExtendedActorSystem)system).Provider.ResolveActorRef(actor.Path.ToSerializationFormatWithAddress(RemoteOf(home).Address));

    protected static void Eventually(Func<bool> condition, string what, Func<string>? state = null) =>
        Assert.True(SpinWait.SpinUntil(condition, Patience), $"never happened: {what} {state?.Invoke()}");

    protected static BlockingCollection<T> Events<T>(ActorSystem system)
    {
        var events = new BlockingCollection<T>();
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Subscriber<T>(events))), typeof(T));
        return events;
    }

    protected static T Take<T>(BlockingCollection<T> from, string what)
    {
        Assert.True(from.TryTake(out var item, Patience), "never came: " + what);
        return item;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Task.WhenAll(_systems.Select(system => system.Terminate())).WaitAsync(TimeSpan.FromSeconds(30));
    }

    protected sealed record Inbox(IActorRef Ref, BlockingCollection<(object Message, IActorRef Sender)> Messages)
    {
        public object Next(string what) => Take(Messages, what).Message;
    }

    private sealed class Collector : UntypedActor
    {
        private readonly BlockingCollection<(object, IActorRef)> _messages;

        public Collector(BlockingCollection<(object, IActorRef)> messages) => _messages = messages;

        protected override void OnReceive(object message)
        {
            if (message is WatchThis watch) Context.Watch(watch.Subject);
            else if (message is UnwatchThis unwatch) Context.Unwatch(unwatch.Subject);
            else _messages.Add((message, Sender));
        }
    }

    private sealed class Subscriber<T> : UntypedActor
    {
        private readonly BlockingCollection<T> _events;

        public Subscriber(BlockingCollection<T> events) => _events = events;

        protected override void OnReceive(object message) => _events.Add((T)message);
    }

    protected sealed record WatchThis(IActorRef Subject);

    protected sealed record UnwatchThis(IActorRef Subject);

    /// <summary>Sends every message back.</summary>
    protected sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }
}
