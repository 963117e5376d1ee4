namespace ActorRuntime.Persistence.Sql.Databases;

/// <summary>A part of a store with tables and a schema version of its own; several may share a file or a schema.</summary>
/// <param name="Name">Stored beside the version.</param>
/// <param name="CreateSql">Creates the tables of the newest version.</param>
/// <param name="Upgrades">What makes version 2 of version 1, 3 of 2, and so on.</param>
internal sealed record SchemaComponent(string Name, string CreateSql, IReadOnlyList<string> Upgrades)
{
    /// <summary>Highest version this build reads, and the only one it writes.</summary>
    public int SchemaVersion => Upgrades.Count + 1;
}
