using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Persistence;

/// <summary>Makes the <see cref="PersistenceExtension"/> of a system.</summary>
public sealed class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    /// <summary>The only one.</summary>
    public static Persistence Instance { get; } = new();

    /// <summary>The section <c>actor-runtime.persistence</c> of the reference, at its full path.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default("actor-runtime.persistence");

    /// <inheritdoc/>
    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
