using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>store</c>: looks at the stores without starting a node.</summary>
internal sealed class StoreCommand : Command
{
    private const string Text = """
        Prints the SQL that makes the tables of control log, journal and snapshots in the store that a configuration names. A node runs it
        itself when the tables are not there; it is for reading, and for a database administrator who lets no program make tables.

        Examples:
          store sql                                            of the embedded default, SQLite
          store sql --config hocon/postgres.conf | psql app    makes the tables in the database app
        """;

    private readonly Option<string?> _config = new("--config", "-c") { Description = "HOCON file of a node (default: none)", HelpName = "FILE" };

    /// <param name="sql">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public StoreCommand(Func<string?, TextWriter, TextWriter, int> sql) : base("store", "Looks at the stores.")
    {
        var command = new Command("sql", Text) { _config };
        command.SetAction(parsed => sql(
            parsed.GetValue(_config), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        Subcommands.Add(command);
    }
}
