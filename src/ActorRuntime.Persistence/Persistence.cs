using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>Makes the <see cref="PersistenceExtension"/> of a system.</summary>
public sealed class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    /// <summary>The only one.</summary>
    public static Persistence Instance { get; } = new();

    /// <inheritdoc/>
    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
