# What both throw-away Redmines start with. Run once, by redmine.sh, in the private copy of Redmine.
load File.expand_path('Rakefile', __dir__)

namespace :entente do
  task reload: :environment do
    ActiveRecord::Base.connection.schema_cache.clear!
    ActiveRecord::Base.descendants.each(&:reset_column_information)
  end

  task fill: :environment do
    Setting.rest_api_enabled = '1'
    Setting.notified_events = []

    account = lambda do |user, key|
      user.save!
      Token.where(user_id: user.id, action: 'api').delete_all
      Token.create!(user: user, action: 'api').update_columns(value: key)
      user
    end
    admin = User.find_by_login('admin')
    admin.password = admin.password_confirmation = ENV.fetch('ADMIN_KEY')
    admin.must_change_passwd = false
    account.call(admin, ENV.fetch('ADMIN_KEY'))
    agent = User.new(firstname: 'Agnes', lastname: 'Agent', mail: 'agnes@example.test', language: 'en')
    agent.login = 'agent'
    agent.password = agent.password_confirmation = ENV.fetch('AGENT_KEY')
    account.call(agent, ENV.fetch('AGENT_KEY'))

    manager = User.new(firstname: 'Mona', lastname: 'Manager', mail: 'mona@example.test', language: 'en')
    manager.login = 'manager'
    manager.password = manager.password_confirmation = ENV.fetch('MANAGER_KEY')
    account.call(manager, ENV.fetch('MANAGER_KEY'))

    bug = Tracker.find_by_name('Bug')
    %w[Incident Question].each do |name|
      tracker = Tracker.create!(name: name, default_status: bug.default_status)
      tracker.copy_workflow_rules(bug)
    end

    # `support` has every type and the marker's field, `operations` few types, `plain` no field for the marker; `hidden` is not public.
    project = lambda do |name, trackers, public|
      made = Project.new(name: name, is_public: public)
      made.identifier = name.downcase
      made.enabled_module_names = %w[issue_tracking]
      made.trackers = Tracker.where(name: trackers).to_a
      made.save!
      made
    end
    support = project.call('Support', %w[Bug Feature Support Incident Question], true)
    operations = project.call('Operations', %w[Bug Incident], true)
    plain = project.call('Plain', %w[Bug Feature Support], true)
    hidden = project.call('Hidden', %w[Bug Support], false)
    [support, operations].each { |each| Member.create!(project: each, principal: agent, roles: [Role.find_by_name('Developer')]) }
    [support, operations, plain, hidden].each { |each| Member.create!(project: each, principal: manager, roles: [Role.find_by_name('Manager')]) }
    IssueCustomField.create!(
      name: 'Entente', field_format: 'string', is_filter: true, is_for_all: false, trackers: Tracker.all.to_a, projects: [support, operations, hidden]
    )
  end

  task seed: %w[db:migrate entente:reload redmine:load_default_data entente:fill]
end
