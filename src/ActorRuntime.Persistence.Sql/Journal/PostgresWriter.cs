using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>What a process knows of its own writes in the journal, over connections.</summary>
internal sealed class PostgresWriter
{
    /// <summary>Key of its row in <c>journal_writer</c>; null before there is one.</summary>
    public long? Id { get; set; }

    /// <summary>Commits counted in that row.</summary>
    public long Commits { get; set; }

    /// <summary>Term and height of the fences it has raised, by scope.</summary>
    public Dictionary<string, (long Term, long Height)> Raised { get; } = [];
}

/// <summary>A group whose commit was not answered.</summary>
/// <param name="Commits">Count of the writer's row before it.</param>
/// <param name="Appends">Their refusals are told by the row, if it happened.</param>
/// <param name="Scopes">Fences that it may have moved by one.</param>
internal sealed record PostgresUnsettledCommit(long Commits, IReadOnlyList<AppendOperation> Appends, IReadOnlyList<string> Scopes) : UnsettledCommit;

/// <summary>The events of a group as arrays, one for each column: parameters of one statement. Used again for the next group.</summary>
internal sealed class PostgresEventArrays
{
    public List<string> OwnScopes { get; } = [];
    public List<long> OwnTerms { get; } = [];
    public List<long> OwnHeights { get; } = [];
    public List<int> Appends { get; } = [];
    public List<string> PersistenceIds { get; } = [];
    public List<long> SequenceNrs { get; } = [];
    public List<string> Manifests { get; } = [];
    public List<int> SerializerIds { get; } = [];
    public List<ReadOnlyMemory<byte>> Payloads { get; } = [];
    public List<long> Checksums { get; } = [];
    public List<string> Scopes { get; } = [];
    public List<long> Terms { get; } = [];
    public List<long> Timestamps { get; } = [];
    public List<string> AdapterManifests { get; } = [];
    public List<string> Tags { get; } = [];
    public List<long> Tagged { get; } = [];
    public List<int> TagAppends { get; } = [];

    public int Count => PersistenceIds.Count;

    public void Clear()
    {
        OwnScopes.Clear();
        OwnTerms.Clear();
        OwnHeights.Clear();
        Appends.Clear();
        PersistenceIds.Clear();
        SequenceNrs.Clear();
        Manifests.Clear();
        SerializerIds.Clear();
        Payloads.Clear();
        Checksums.Clear();
        Scopes.Clear();
        Terms.Clear();
        Timestamps.Clear();
        AdapterManifests.Clear();
        Tags.Clear();
        Tagged.Clear();
        TagAppends.Clear();
    }

    /// <param name="append">Its number in the group.</param>
    public void Add(int append, JournalEvent added)
    {
        Appends.Add(append);
        PersistenceIds.Add(added.PersistenceId);
        SequenceNrs.Add(added.SequenceNr);
        Manifests.Add(added.Manifest);
        SerializerIds.Add(added.SerializerId);
        Payloads.Add(added.Payload);
        Checksums.Add(Databases.Checksum.Of(added.Payload.Span));
        Scopes.Add(added.Writer.Scope ?? "");
        Terms.Add(added.Writer.Term);
        Timestamps.Add(added.Timestamp.ToUnixTimeMilliseconds());
        AdapterManifests.Add(added.AdapterManifest);
        foreach (var tag in added.Tags)
        {
            Tags.Add(tag);
            Tagged.Add(Count); // Ordinal in the statement, from 1.
            TagAppends.Add(append);
        }
    }
}
