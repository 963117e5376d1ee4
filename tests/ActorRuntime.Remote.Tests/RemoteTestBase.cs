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
        // Tries again soon, and gives up late: a busy machine may take seconds for a handshake.
        var patient = (options ?? new RemoteOptions()) with
        {
            ReconnectDelayMin = TimeSpan.FromMilliseconds(5), ReconnectDelayMax = TimeSpan.FromMilliseconds(50),
            ConnectTimeout = Patience, FlushTimeout = Patience,
        };
        var setup = ActorSystemSetup.Empty.WithRemoting(new RemoteSetup(patient, uid)).WithSetup(new EnvironmentSetup(environment ?? new ProductionEnvironment()));
        var system = Create(name, setup, mayWait: patient.Port != 0);
        _systems.Add(system);
        return system;
    }

    // The port of a system that has ended may go to somebody else's connection before its successor takes it; such a connection is short.
    private static ActorSystem Create(string name, ActorSystemSetup setup, bool mayWait)
    {
        ActorSystem? system = null;
        IOException? refusal = null;
        var isUp = SpinWait.SpinUntil(() => TryCreate() || !mayWait, Patience);
        return isUp && system is not null ? system : throw refusal!;

        bool TryCreate()
        {
            try
            {
                system = ActorSystem.Create(name, setup);
                return true;
            }
            catch (IOException taken)
            {
                refusal = taken;
                return false;
            }
        }
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
        await Task.WhenAll(_systems.Select(system => system.Terminate())).WaitAsync(2 * Patience);
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
