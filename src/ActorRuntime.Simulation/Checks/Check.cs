namespace ActorRuntime.Simulation.Checks;

/// <summary>Something that must hold after every step.</summary>
/// <param name="Name">Of the invariant.</param>
/// <param name="Broken">Null while it holds.</param>
internal sealed record Check(string Name, Func<string?> Broken);
