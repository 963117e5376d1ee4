using System.Text;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal in a PostgreSQL database that all nodes of a cluster share.</summary>
/// <param name="options">Validated here.</param>
/// <param name="environment">Gives the workers and the clocks.</param>
public sealed class PostgresJournal(PostgresJournalOptions options, RuntimeEnvironment environment)
    : SqlJournal(new PostgresJournalDatabase(options.Validated()), options, environment)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text that cannot be stored would fail the whole group it is written with, again and again.</summary>
    private protected override string? WhyUnstorable(JournalEvent added)
    {
        if (!IsStorable(added.PersistenceId)) return "has a persistence id with U+0000 or half a surrogate pair, which PostgreSQL cannot store";
        if (!IsStorable(added.Manifest) || !IsStorable(added.AdapterManifest)) return "has a manifest that PostgreSQL cannot store";
        foreach (var tag in added.Tags)
        {
            if (!IsStorable(tag)) return "has a tag that PostgreSQL cannot store";
        }
        return null;
    }

    private static bool IsStorable(string text)
    {
        if (text.Contains('\0')) return false;
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0) return true;
        try
        {
            return Strict.GetByteCount(text) > 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}

/// <summary>The server, and what this process knows of its own writes there.</summary>
internal sealed class PostgresJournalDatabase(PostgresJournalOptions options) : IJournalDatabase
{
    private readonly PostgresServer _server = new(options.Server);
    private readonly PostgresWriter _writer = new(); // The writer's alone.
    private volatile bool _wasOpened;

    public string Name => _server.Name;

    public TimeSpan RetryDelay => PostgresServer.RetryDelay;

    public IJournalConnection OpenWriter()
    {
        var connection = Open();
        try
        {
            connection.EnsureWriter();
            return connection;
        }
        catch (PostgresFailureException e)
        {
            connection.Dispose();
            throw e.Translate(Name, "begin to write");
        }
    }

    public IJournalConnection OpenReader() => Open();

    public void Dispose() => _server.Dispose();

    private PostgresJournalConnection Open()
    {
        var session = _server.Open(PostgresJournalSchema.Component, mayCreate: !_wasOpened);
        _wasOpened = true;
        return new PostgresJournalConnection(session, Name, _writer);
    }
}
