using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>What <see cref="ClusterSingleton.Init"/> needs to know. Immutable.</summary>
public sealed record SingletonActor
{
    private SingletonActor(Props props, string name) => (Props, Name) = (props, name);

    /// <summary>Of the singleton.</summary>
    public Props Props { get; private init; }

    /// <summary>Equal on all nodes.</summary>
    public string Name { get; }

    /// <summary>Sent to the singleton when it has to move; it then stops itself.</summary>
    public object StopMessage { get; private init; } = PoisonPill.Instance;

    /// <summary>Null takes those in the configuration of the system.</summary>
    public ClusterSingletonSettings? Settings { get; private init; }

    /// <param name="name">Equal on all nodes.</param>
    public static SingletonActor Create(Props props, string name)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new SingletonActor(props, name);
    }

    public SingletonActor WithStopMessage(object stopMessage)
    {
        ArgumentNullException.ThrowIfNull(stopMessage);
        return this with { StopMessage = stopMessage };
    }

    public SingletonActor WithSettings(ClusterSingletonSettings settings) => this with { Settings = settings };

    public SingletonActor WithProps(Props props) => this with { Props = props };
}
